using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Live;

/// <summary>Who watches, as others see it.</summary>
public sealed class SessionsTests
{
    [Fact]
    public async Task Whoever_watches_is_seen_with_how_they_fare_until_they_leave()
    {
        await using var server = await TestServer.StartAsync();
        await using (var watcher = await LiveClient.GreetedAsync(server))
        {
            await watcher.Socket.SendAsync("""["pong", 1]""");
            await watcher.Socket.SendAsync("""["m", {"e2e_p95_ms": 12.5, "gaps": 2, "dropped": "nonsense", "mode": "websocket"}]""");

            var seen = await Deadline.EventuallyAsync(
                () => server.GetAsync("/api/sessions"), answer => answer.Json.GetProperty("items") is var all && all.GetArrayLength() == 1 && all[0].GetProperty("gaps").ValueKind == System.Text.Json.JsonValueKind.Number);
            var session = seen.Json.GetProperty("items")[0];
            session.GetProperty("name").GetString().ShouldBe("local");
            session.GetProperty("source").GetString().ShouldBe("websocket");
            session.GetProperty("e2e_p95_ms").GetDouble().ShouldBe(12.5);
            session.GetProperty("gaps").GetInt32().ShouldBe(2);
            session.GetProperty("rtt_ms").GetDouble().ShouldBeGreaterThan(0);
            seen.Json.GetProperty("connections").GetInt32().ShouldBe(1);
            seen.Json.GetProperty("connections_max").GetInt32().ShouldBe(2_000);
        }

        await Deadline.EventuallyAsync(() => server.GetAsync("/api/sessions"), answer => answer.Json.GetProperty("items").GetArrayLength() == 0);
    }

    [Fact]
    public async Task What_pages_measure_of_their_source_is_what_the_guards_of_its_rollout_judge()
    {
        await using var server = await TestServer.StartAsync();
        await SendAsync(server, HttpMethod.Put, "", """{"rule": {"type": "string", "variants": {"own": "ws", "theirs": "realtime"}, "default": "own", "off": "own"}}""");
        await SendAsync(server, HttpMethod.Post, "/rollout", """{"variant": "theirs", "steps": [50, 100]}""");
        await using var fell = await LiveClient.GreetedAsync(server);
        await using var stayed = await LiveClient.GreetedAsync(server);

        await fell.Socket.SendAsync("""["m", {"e2e_p95_ms": 40, "gaps": 0, "mode": "websocket", "wanted": "realtime"}]""");
        await fell.Socket.SendAsync("""["m", {"e2e_p95_ms": 40, "gaps": 0, "mode": "websocket", "wanted": "realtime"}]"""); // too soon to count
        await stayed.Socket.SendAsync("""["m", {"e2e_p95_ms": 10, "gaps": 0, "mode": "websocket", "wanted": "websocket"}]""");

        var flag = await Deadline.EventuallyAsync(
            () => server.GetAsync("/api/flags/dashboard.transport"),
            answer => answer.Json.GetProperty("rollout_measured") is { ValueKind: System.Text.Json.JsonValueKind.Object } seen
                && seen.GetProperty("variant").GetProperty("requests").GetInt32() + seen.GetProperty("others").GetProperty("requests").GetInt32() >= 2);
        var measured = flag.Json.GetProperty("rollout_measured");
        Figures(measured.GetProperty("variant")).ShouldBe((1, 1, 1));
        Figures(measured.GetProperty("others")).ShouldBe((1, 0, 0));
        measured.GetProperty("variant").GetProperty("p95_ms").GetDouble().ShouldBe(40, 8);
    }

    [Theory]
    [InlineData("""["m", {"e2e_p95_ms": -1, "gaps": 1e300}]""")]
    [InlineData("""["m", {"e2e_p95_ms": [1], "gaps": null}]""")]
    public async Task Nonsense_that_a_watcher_says_is_nothing_said(string report)
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);

        await watcher.Socket.SendAsync(report);
        await watcher.Socket.SendAsync("""["pong", 1]""");

        var seen = await Deadline.EventuallyAsync(() => server.GetAsync("/api/sessions"), answer => answer.Json.GetProperty("items")[0].GetProperty("rtt_ms").ValueKind == System.Text.Json.JsonValueKind.Number);
        seen.Json.GetProperty("items")[0].GetProperty("e2e_p95_ms").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        seen.Json.GetProperty("items")[0].GetProperty("gaps").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    private static (int Requests, int Errors, double Rate) Figures(System.Text.Json.JsonElement of) =>
        (of.GetProperty("requests").GetInt32(), of.GetProperty("errors").GetInt32(), of.GetProperty("error_rate").GetDouble());

    private static async Task SendAsync(TestServer server, HttpMethod method, string path, string body)
    {
        var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        (await server.SendAsync(new HttpRequestMessage(method, $"/api/flags/dashboard.transport{path}") { Content = content })).Status.ShouldBe(200);
    }
}
