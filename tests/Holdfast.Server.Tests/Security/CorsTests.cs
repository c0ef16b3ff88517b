using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Security;

/// <summary>Web pages of other origins, and names of the server.</summary>
public sealed class CorsTests : IAsyncLifetime
{
    private const string Friend = "https://ops.example.com";

    private TestServer? _server;
    private string _key = "";

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.AllowedOrigins] = Friend, [FlagNames.AllowedHosts] = "holdfast.example.com" });
        _key = await KeyedServer.KeyAsync(_server, "ana", "admin");
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task A_page_that_is_named_may_ask_and_read_with_a_key()
    {
        var asked = await SendAsync(HttpMethod.Options, Friend, key: null, ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));
        var answer = await SendAsync(HttpMethod.Get, Friend, _key);

        asked.Status.ShouldBe(204);
        asked.Header("Access-Control-Allow-Origin").ShouldBe(Friend);
        asked.Header("Access-Control-Allow-Headers").ShouldNotBeNull().ShouldContain("Authorization");
        answer.Status.ShouldBe(200);
        answer.Header("Access-Control-Allow-Origin").ShouldBe(Friend);
        answer.Header("Access-Control-Allow-Credentials").ShouldBeNull();
        answer.Header("Vary").ShouldNotBeNull().ShouldContain("Origin");
    }

    [Fact]
    public async Task Without_a_key_it_is_nobody() => (await SendAsync(HttpMethod.Get, Friend, key: null)).ShouldBeProblem(401);

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://ops.example.com")]
    [InlineData("https://ops.example.com:8443")]
    [InlineData("https://ops.example.com.evil.example")]
    [InlineData("null")]
    public async Task Any_other_page_is_refused_even_with_a_key(string origin)
    {
        var asked = await SendAsync(HttpMethod.Options, origin, key: null, ("Access-Control-Request-Method", "GET"));
        var answer = await SendAsync(HttpMethod.Get, origin, _key);

        asked.ShouldBeProblem(403);
        asked.Header("Access-Control-Allow-Origin").ShouldBeNull();
        answer.ShouldBeProblem(403);
        answer.Header("Access-Control-Allow-Origin").ShouldBeNull();
    }

    [Theory]
    [InlineData("holdfast.example.com", 200)]
    [InlineData("HOLDFAST.example.com:8080", 200)]
    [InlineData("192.0.2.7:8080", 200)]
    [InlineData("[2001:db8::1]:8080", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("holdfast.example.com.evil.example", 403)]
    public async Task With_keys_it_answers_to_addresses_and_to_the_names_that_it_was_given(string host, int status)
    {
        var answer = await Server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "Host", host }, { "X-API-Key", _key } } });

        answer.Status.ShouldBe(status);
    }

    [Fact]
    public async Task A_page_that_is_named_needs_a_key_also_where_nobody_else_does()
    {
        await using var open = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.AllowedOrigins] = Friend });

        (await open.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "Origin", Friend } } })).ShouldBeProblem(403);
    }

    private Task<Answer> SendAsync(HttpMethod method, string origin, string? key, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, "/status");
        foreach (var (name, value) in headers.Append(("Origin", origin)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (key is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {key}");
        }

        return Server.SendAsync(request);
    }
}
