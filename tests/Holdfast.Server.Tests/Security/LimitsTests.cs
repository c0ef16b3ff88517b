using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Holdfast.AspNetCore.Ingest;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Security;

/// <summary>What one caller may take of what is there for all.</summary>
public sealed class LimitsTests
{
    [Fact]
    public async Task A_key_that_asks_too_often_is_told_when_to_come_back_and_others_are_served()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitReads] = 60, [FlagNames.LimitIngest] = 60, [FlagNames.LimitWrites] = 60 });
        var (loud, quiet) = (await KeyedServer.KeyAsync(server, "loud", "admin"), await KeyedServer.KeyAsync(server, "quiet", "admin"));

        foreach (var (method, path) in new[] { (HttpMethod.Get, "/status"), (HttpMethod.Post, "/metrics/flush"), (HttpMethod.Post, "/api/events") })
        {
            await ExhaustAsync(server, loud, method, path);
            (await SendAsync(server, quiet, method, path)).Status.ShouldNotBe(429, path);
        }
    }

    [Fact]
    public async Task Whoever_shows_bad_keys_has_to_wait_and_a_good_key_from_there_is_let_in()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitFailures] = 1 });
        var good = await KeyedServer.KeyAsync(server, "ana", "admin");
        var bad = $"hf_0000000000000000_{new string('0', 64)}";

        for (var tries = 0; tries < 10; tries++)
        {
            (await SendAsync(server, bad, HttpMethod.Get, "/status")).ShouldBeProblem(401);
        }

        (await SendAsync(server, bad, HttpMethod.Get, "/status")).ShouldBeProblem(429);
        (await SendAsync(server, good, HttpMethod.Get, "/status")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_a_caller_says_of_where_it_comes_from_is_not_believed()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitFailures] = 1 });
        await KeyedServer.KeyAsync(server, "ana", "admin");

        var answers = new List<int>();
        for (var tries = 0; tries < 12; tries++)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "X-API-Key", "hf_bad" }, { "X-Forwarded-For", $"10.0.0.{tries}" } } };
            answers.Add((await server.SendAsync(request)).Status);
        }

        answers.ShouldContain(429);
    }

    [Fact]
    public async Task Of_a_proxy_that_is_set_it_is_believed_up_to_the_first_that_is_not()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitFailures] = 1, [FlagNames.TrustedProxies] = "127.0.0.1, ::1" });
        await KeyedServer.KeyAsync(server, "ana", "admin");

        for (var tries = 0; tries < 15; tries++)
        {
            (await AskAsync(server, $"10.1.1.1, 10.0.0.{tries}")).ShouldBe(401);
        }

        var same = new List<int>();
        for (var tries = 0; tries < 12; tries++)
        {
            same.Add(await AskAsync(server, $"10.1.1.{tries}, 10.9.9.9"));
        }

        same.ShouldContain(429);
    }

    [Fact]
    public async Task A_request_that_came_through_a_proxy_is_not_from_here()
    {
        await using var server = await TestServer.StartAsync();

        (await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "X-Forwarded-For", "203.0.113.9" } } })).ShouldBeProblem(401);
        (await server.GetAsync("/status")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("X-Real-IP", "203.0.113.9")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Forwarded-Host", "holdfast.example")]
    [InlineData("Via", "1.1 proxy")]
    public async Task Whatever_a_proxy_says_of_itself_makes_keys_needed(string header, string value)
    {
        await using var server = await TestServer.StartAsync();

        (await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { header, value } } })).ShouldBeProblem(401);
    }

    [Fact]
    public async Task The_page_without_data_has_a_limit_and_a_supervisor_has_none()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitReads] = 60, [FlagNames.RequireKeys] = true });

        (await CountAsync("/")).ShouldBeInRange(10, 100);
        (await CountAsync("/health/ready")).ShouldBe(200);

        async Task<int> CountAsync(string path)
        {
            var answered = 0;
            for (; answered < 200 && (await server.GetAsync(path)).Status != 429; answered++)
            {
            }

            return answered;
        }
    }

    [Fact]
    public async Task Keys_cannot_be_tried_where_none_is_needed()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitFailures] = 1 });
        await KeyedServer.KeyAsync(server, "ana", "admin");

        var answers = new List<int>();
        for (var tries = 0; tries < 12; tries++)
        {
            answers.Add((await SendAsync(server, $"hf_0000000000000000_{new string('0', 64)}", HttpMethod.Get, "/")).Status);
        }

        answers.ShouldContain(429);
    }

    [Fact]
    public async Task To_announce_a_body_takes_no_memory()
    {
        await using var server = await TestServer.StartAsync();
        var budget = server.Services.GetRequiredService<BodyBudget>();
        var connections = new List<RawConnection>();
        for (var announced = 0; announced < 20; announced++)
        {
            connections.Add(await RawConnection.OpenAsync(server.Address));
            await connections[^1].SendAsync($"PATCH /api/retries/{Guid.Empty} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 6000000\r\n\r\n{{\"payload\":\"");
        }

        // All have been read, and none holds more than its first piece.
        await Deadline.EventuallyAsync(() => Task.FromResult(budget.Taken), taken => taken > 0);
        budget.Taken.ShouldBeLessThan(20L << 20 >> 4);
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }

        await Deadline.EventuallyAsync(() => Task.FromResult(budget.Taken), taken => taken == 0);
    }

    [Fact]
    public async Task A_key_has_so_many_sockets_and_no_more()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitSockets] = 2 });
        var (key, other) = (await KeyedServer.KeyAsync(server, "ana", "admin"), await KeyedServer.KeyAsync(server, "bob", "viewer"));
        var address = server.WebSocketAddress("/live?apikey=" + key);

        await using var first = await SocketClient.ConnectAsync(address);
        var second = await SocketClient.ConnectAsync(server.WebSocketAddress("/events?apikey=" + key));
        (await SocketClient.RefusedAsync(address)).ShouldBe(503);
        await using var others = await SocketClient.ConnectAsync(server.WebSocketAddress("/live?apikey=" + other));
        await second.DisposeAsync();

        await using var third = await Deadline.EventuallyAsync(() => TryConnectAsync(address), socket => socket is not null);
        third.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_address_has_so_many_connections_and_no_more()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitConnections] = 5 });
        var held = new List<TcpClient>();
        for (var connections = 0; connections < 5; connections++)
        {
            held.Add(await ConnectAsync(server, "127.0.0.1"));
            await held[^1].GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"), Deadline.Token());
            (await held[^1].GetStream().ReadAsync(new byte[1], Deadline.Token())).ShouldBe(1);
        }

        using var beyond = await ConnectAsync(server, "127.0.0.1");
        await ShouldBeClosedAsync(beyond);
        using var elsewhere = await ConnectAsync(server, "127.0.0.2");
        await elsewhere.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"), Deadline.Token());
        (await elsewhere.GetStream().ReadAsync(new byte[1], Deadline.Token())).ShouldBe(1);
        held.ForEach(connection => connection.Dispose());

        await Deadline.EventuallyAsync(async () => (await server.GetAsync("/health/live")).Status, status => status == 200);
    }

    private static async Task ExhaustAsync(TestServer server, string key, HttpMethod method, string path)
    {
        for (var sent = 0; sent < 200; sent++)
        {
            var answer = await SendAsync(server, key, method, path);
            if (answer.Status == 429)
            {
                answer.ShouldBeProblem(429);
                answer.ShouldSayWhenToComeBack();
                sent.ShouldBeGreaterThanOrEqualTo(10, path);
                return;
            }
        }

        Assert.Fail($"{method} {path} has no limit.");
    }

    private static async Task<int> AskAsync(TestServer server, string forwarded) =>
        (await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "X-API-Key", "hf_bad" }, { "X-Forwarded-For", forwarded } } })).Status;

    private static Task<Answer> SendAsync(TestServer server, string key, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path) { Headers = { { "X-API-Key", key } } };
        request.Content = path == "/api/events" ? JsonContent.Create(new { event_type = "limit.tried", data = new { } }) : null;
        return server.SendAsync(request);
    }

    private static async Task<SocketClient?> TryConnectAsync(Uri address)
    {
        try
        {
            return await SocketClient.ConnectAsync(address);
        }
        catch (System.Net.WebSockets.WebSocketException)
        {
            return null;
        }
    }

    private static async Task<TcpClient> ConnectAsync(TestServer server, string from)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, Deadline.Token());
        return client;
    }

    private static async Task ShouldBeClosedAsync(TcpClient client)
    {
        try
        {
            (await client.GetStream().ReadAsync(new byte[1], Deadline.Token())).ShouldBe(0);
        }
        catch (IOException)
        {
            // Reset, which is closed too.
        }
    }
}
