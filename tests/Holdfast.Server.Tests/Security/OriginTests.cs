using System.Text;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Security;

/// <summary>Without keys only programs of this machine and the server's own page are answered.</summary>
public sealed class OriginTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    public static TheoryData<string> ForeignHosts =>
        ["evil.example", "evil.example:8080", "127.0.0.1.nip.io", "localhost.evil.example", "192.168.1.1", "[2001:db8::1]", "0.0.0.0"];

    public static TheoryData<string, string> Everything => new()
    {
        { "GET", "/" },
        { "GET", "/status" },
        { "GET", "/api/events" },
        { "GET", "/api/series" },
        { "GET", "/api/ledger" },
        { "GET", "/api/overview" },
        { "GET", "/health/live" },
        { "GET", "/openapi/v1.json" },
        { "GET", "/no/such/route" },
        { "DELETE", "/api/events" },
        { "POST", "/api/events" },
        { "OPTIONS", "/api/events" },
    };

    [Theory]
    [MemberData(nameof(ForeignHosts))]
    public async Task A_foreign_host_is_refused(string host)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { Host = host } });

        answer.ShouldBeProblem(403).GetProperty("detail").GetString()!.ShouldContain("Host");
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LocalHost:1234")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3:80")]
    [InlineData("[::1]:8080")]
    public async Task A_name_of_the_loopback_address_is_answered(string host)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { Host = host } });

        answer.Status.ShouldBe(200, answer.Body);
    }

    [Fact]
    public async Task A_request_without_a_host_is_refused()
    {
        await using var connection = await RawConnection.OpenAsync(_server.Address);

        await connection.SendAsync("GET /status HTTP/1.0\r\n\r\n");

        (await connection.ReceiveHeadAsync()).ShouldStartWith("HTTP/1.1 403");
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task A_foreign_host_learns_nothing_from_any_route(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Host = "evil.example" } });

        answer.ShouldBeProblem(403);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task A_foreign_page_learns_nothing_from_any_route(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Origin", "https://evil.example" } } });

        answer.ShouldBeProblem(403).GetProperty("detail").GetString()!.ShouldContain("Origin");
        answer.Header("Access-Control-Allow-Origin").ShouldBeNull();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("http://localhost:1")]
    [InlineData("http://localhost")]
    [InlineData("file:///")]
    [InlineData("chrome-extension://abc")]
    [InlineData("nonsense")]
    public async Task Any_other_origin_is_foreign(string origin) =>
        (await PostFromAsync(origin)).ShouldBeProblem(403);

    [Fact]
    public async Task The_same_origin_is_answered() =>
        (await PostFromAsync(_server.Address.GetLeftPart(UriPartial.Authority))).Status.ShouldBe(202);

    [Fact]
    public async Task A_refused_event_is_not_recorded()
    {
        var before = (await _server.GetAsync("/api/ledger")).Json.GetProperty("events").GetProperty("received").GetInt64();

        await PostFromAsync("https://evil.example");

        (await _server.GetAsync("/api/ledger")).Json.GetProperty("events").GetProperty("received").GetInt64().ShouldBe(before);
    }

    [Theory]
    [InlineData("/live")]
    [InlineData("/events")]
    public async Task A_foreign_page_or_host_opens_no_socket(string path)
    {
        (await SocketClient.RefusedAsync(_server.WebSocketAddress(path), options => options.SetRequestHeader("Origin", "https://evil.example"))).ShouldBe(403);
        (await SocketClient.RefusedAsync(_server.WebSocketAddress(path), options => options.SetRequestHeader("Host", "evil.example"))).ShouldBe(403);
    }

    [Fact]
    public async Task The_own_page_opens_a_socket()
    {
        var origin = _server.Address.GetLeftPart(UriPartial.Authority);

        await using var socket = await SocketClient.ConnectAsync(_server.WebSocketAddress("/live"), options => options.SetRequestHeader("Origin", origin));

        (await socket.ReceiveAsync()).ShouldNotBeNull()[0].GetString().ShouldBe("h");
    }

    [Theory]
    [InlineData("cross-site", "no-cors", 403)]
    [InlineData("cross-site", "cors", 403)]
    [InlineData("cross-site", "navigate", 200)]
    [InlineData("same-origin", "cors", 200)]
    [InlineData("none", "navigate", 200)]
    public async Task What_the_browser_marks_as_cross_site_is_refused_unless_a_person_followed_a_link(string site, string mode, int status)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "Sec-Fetch-Site", site }, { "Sec-Fetch-Mode", mode } } });

        answer.Status.ShouldBe(status);
    }

    [Fact]
    public async Task A_form_of_a_foreign_page_that_navigates_here_records_nothing()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = new StringContent(SomeEvents.One(), Encoding.UTF8, "application/json") };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");

        (await _server.SendAsync(request)).ShouldBeProblem(403);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/status")]
    [InlineData("/api/events")]
    [InlineData("/api/events?limit=0")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/live")]
    [InlineData("/no/such/route")]
    [InlineData("/assets/none.js")]
    public async Task Every_answer_carries_the_headers_of_safety(string path) => ShouldBeSafe(await _server.GetAsync(path));

    [Fact]
    public async Task So_do_refusals_and_wrong_methods()
    {
        ShouldBeSafe(await PostFromAsync("https://evil.example"));
        ShouldBeSafe(await _server.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/api/events")));
        ShouldBeSafe(await _server.PostAsync("nonsense"));
        ShouldBeSafe(await _server.PostAsync("x", "text/plain"));
    }

    private Task<Answer> PostFromAsync(string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = new StringContent(SomeEvents.One(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Origin", origin);
        return _server.SendAsync(request);
    }

    private static void ShouldBeSafe(Answer answer)
    {
        answer.Header("X-Content-Type-Options").ShouldBe("nosniff", answer.ToString());
        answer.Header("Referrer-Policy").ShouldBe("no-referrer");
        answer.Header("Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        answer.Header("Server").ShouldBeNull();
        answer.Header("X-Powered-By").ShouldBeNull();
    }
}
