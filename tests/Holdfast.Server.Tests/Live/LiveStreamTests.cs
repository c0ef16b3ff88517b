using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Live;

/// <summary>A server with its built-in sources on.</summary>
public sealed class MeasuringServer : IAsyncLifetime
{
    private TestServer? _server;

    public TestServer Server => _server!;

    public async ValueTask InitializeAsync() =>
        _server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.Sources] = "host,runtime" });

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}

public sealed class LiveStreamTests(MeasuringServer measuring) : IClassFixture<MeasuringServer>
{
    private readonly TestServer _server = measuring.Server;

    [Fact]
    public async Task The_first_frames_are_hello_series_and_snapshot()
    {
        await using var watcher = await LiveClient.ConnectAsync(_server);

        var hello = await watcher.NextAsync();
        var series = await watcher.NextAsync();
        var snapshot = await watcher.NextAsync();

        hello.Type.ShouldBe("h");
        hello[1].GetProperty("epoch").GetGuid().ShouldBe(_server.Node.Parts.Spool.SpoolId);
        hello[1].GetProperty("cursor").GetString().ShouldNotBeNullOrEmpty();
        hello[1].GetProperty("node").GetString().ShouldBe("test-node");
        hello[1].GetProperty("flags_etag").GetString().ShouldNotBeNullOrEmpty();
        DateTimeOffset.FromUnixTimeMilliseconds(hello[1].GetProperty("server_time").GetInt64())
            .ShouldBe(TimeProvider.System.GetUtcNow(), tolerance: TimeSpan.FromSeconds(5));
        series.Type.ShouldBe("n");
        snapshot.Type.ShouldBe("s");
        snapshot[1].GetString().ShouldBe("overview");
        snapshot[2].GetString().ShouldBe(hello[1].GetProperty("cursor").GetString());
        snapshot[3].GetProperty("status").GetProperty("state").GetString().ShouldBe("ok");
    }

    [Fact]
    public async Task Values_of_the_machine_arrive_under_the_numbers_of_the_dictionary()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);
        var patience = Deadline.Token();

        // Shares of processor time need two readings: the first tick of a server that has just started may come without them.
        var values = await TickAsync(watcher, patience);
        while (!values.Any(value => value.Name == "system.cpu.utilization"))
        {
            values = await TickAsync(watcher, patience);
        }

        values.ShouldContain(value => value.Name == "system.memory.usage" && value.Value.GetDouble() > 0);
    }

    private static async Task<(string? Name, JsonElement Value)[]> TickAsync(LiveClient watcher, CancellationToken patience)
    {
        var tick = await watcher.NextAsync(patience);
        while (tick.Type != "t")
        {
            tick = await watcher.NextAsync(patience);
        }

        // A series that appears while the watcher is greeted is told twice, the same both times.
        var dictionary = watcher.Seen.Where(frame => frame.Type == "n").SelectMany(frame => frame[1].EnumerateArray())
            .DistinctBy(entry => (entry[0].GetInt32(), entry[1].GetString()))
            .ToDictionary(entry => entry[0].GetInt32(), entry => entry[1].GetString());
        return tick[2].EnumerateArray().Select(value => (dictionary[value[0].GetInt32()], value[1])).ToArray();
    }

    [Fact]
    public async Task A_sign_of_life_and_the_overview_come_at_least_every_two_seconds()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);

        var first = await watcher.UntilAsync("k");
        var second = await watcher.UntilAsync("k");
        var overview = await watcher.UntilAsync(frame => frame.Type == "d" && frame[1].GetString() == "overview");

        (second[1].GetInt64() - first[1].GetInt64()).ShouldBeInRange(1, 2_000);
        overview[3].EnumerateArray().Select(change => change.GetProperty("key").GetString()).ShouldBe(["status", "ledger", "spool", "breakers", "rates", "watchers"]);
        overview[3].EnumerateArray().ShouldAllBe(change => change.GetProperty("op").GetString() == "put");
    }

    [Fact]
    public async Task Events_arrive_in_order_and_each_frame_carries_the_cursor_behind_its_last()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);

        for (var request = 0; request < 20; request++)
        {
            (await _server.PostAsync(SomeEvents.Many("live.order", request * 25, 25))).Status.ShouldBe(202);
        }

        var last = (await _server.StoredAsync("event_type=live.order", 500)).Max(item => item.GetProperty("sequence_id").GetInt64());
        var frame = await watcher.UntilSequenceAsync(last);
        await using var next = await LiveClient.GreetedAsync(_server, since: frame[1].GetString());
        await next.UntilAsync("k");

        watcher.Sequences.ShouldBe(Enumerable.Range(0, watcher.Sequences.Length).Select(i => watcher.Sequences[0] + i));
        watcher.Sequences.Length.ShouldBeGreaterThanOrEqualTo(500);
        next.Sequences.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_looks_live_as_it_does_when_it_is_asked_for()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);

        await _server.PostAsync("""{"event_type":"live.same","data":{"a":"ü<&>"},"source":"s","metadata":{"k":1},"category":"debug"}""");
        var frame = await watcher.UntilAsync(frame => frame.Type == "e" && frame[2].EnumerateArray().Any(item => item.GetProperty("event_type").GetString() == "live.same"));

        var live = frame[2].EnumerateArray().Single(item => item.GetProperty("event_type").GetString() == "live.same");
        var stored = (await _server.StoredAsync("event_type=live.same", 1)).ShouldHaveSingleItem();
        JsonElement.DeepEquals(live, stored).ShouldBeTrue($"{live}\n{stored}");
    }

    [Fact]
    public async Task A_watcher_that_unsubscribes_gets_no_events_until_it_subscribes_again()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);
        await watcher.SendAsync("""["unsub","events"]""");
        await SettledAsync(watcher);

        await _server.PostAsync(SomeEvents.One("live.unwanted"));
        await _server.StoredAsync("event_type=live.unwanted", 1);
        await watcher.SendAsync("""["sub","events"]""");
        await SettledAsync(watcher);
        await _server.PostAsync(SomeEvents.One("live.wanted"));
        await watcher.UntilAsync("e");

        watcher.Seen.Where(frame => frame.Type == "e").SelectMany(frame => frame[2].EnumerateArray())
            .Select(item => item.GetProperty("event_type").GetString()).ShouldBe(["live.wanted"]);
    }

    [Fact]
    public async Task A_watcher_that_unsubscribes_from_the_overview_gets_no_values()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);
        await watcher.SendAsync("""["unsub","overview"]""");
        await SettledAsync(watcher);
        watcher.Seen.Clear();

        await watcher.UntilAsync("k");
        await watcher.UntilAsync("k");
        await watcher.UntilAsync("k");

        watcher.Seen.Select(frame => frame.Type).Distinct().ShouldBe(["k"]);
    }

    [Fact]
    public async Task An_answered_sign_of_life_is_measured_and_told()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);
        var life = await watcher.UntilAsync("k");

        await watcher.SendAsync($"[\"pong\",{life[1].GetInt64()}]");
        var you = await watcher.UntilAsync(frame => frame.Type == "d" && frame[3][0].GetProperty("key").GetString() == "you");

        var value = you[3][0].GetProperty("value");
        value.GetProperty("id").GetString().ShouldNotBeNullOrEmpty();
        value.GetProperty("rtt_ms").GetInt64().ShouldBeInRange(0, 20_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[\"sub\"]")]
    [InlineData("[1,2]")]
    [InlineData("[\"sub\",7]")]
    [InlineData("[\"sub\",\"nonsense\"]")]
    [InlineData("[\"pong\",\"x\"]")]
    [InlineData("[\"pong\",1e400]")]
    [InlineData("[\"pong\",1.5]")]
    [InlineData("[\"m\",1]")]
    [InlineData("[\"\\ud800\",1]")]
    [InlineData("[\"sub\",\"\\ud800\"]")]
    [InlineData("[\"nonsense\",{}]")]
    [InlineData("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]")]
    public async Task A_frame_that_is_not_understood_is_answered_and_the_session_lives(string frame)
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);

        await watcher.SendAsync(frame);
        var answer = await watcher.UntilAsync("x");
        await watcher.UntilAsync("k");

        answer[1].GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        answer[1].GetProperty("field").GetString().ShouldNotBeNullOrEmpty();
        answer[1].GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_measurement_of_the_page_is_taken_without_an_answer()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);

        await watcher.SendAsync("""["m",{"e2e_p95_ms":12,"gaps":0,"dropped":0,"mode":"websocket"}]""");
        await SettledAsync(watcher);

        watcher.Seen.Count(frame => frame.Type == "x").ShouldBe(1, "only the one that was asked for");
    }

    [Fact]
    public async Task A_frame_that_is_too_large_ends_the_session()
    {
        await using var watcher = await LiveClient.GreetedAsync(_server);

        await watcher.SendAsync($"[\"sub\",\"{new string('x', 8_192)}\"]");

        (await watcher.Socket.ClosedAsync()).Status.ShouldBe(1009);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("AAAA")]
    [InlineData("%00")]
    [InlineData("________________________________")]
    public async Task A_cursor_that_is_none_is_refused_before_the_connection_stands(string cursor) =>
        (await SocketClient.RefusedAsync(new Uri(_server.WebSocketAddress("/live") + $"?since={cursor}"))).ShouldBe(400);

    [Fact]
    public async Task An_unknown_parameter_is_refused() =>
        (await SocketClient.RefusedAsync(new Uri(_server.WebSocketAddress("/live") + "?from=now"))).ShouldBe(400);

    /// <summary>Frames are handled in order: when a refused one has been answered, those before it have taken effect.</summary>
    private static async Task SettledAsync(LiveClient watcher)
    {
        await watcher.SendAsync("""["sub","nothing"]""");
        await watcher.UntilAsync("x");
    }
}
