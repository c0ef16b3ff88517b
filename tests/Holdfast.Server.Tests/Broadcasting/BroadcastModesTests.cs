using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Broadcasting;

/// <summary>Watchers over both ways while the way broadcasts are made changes, and while ways are shut.</summary>
public sealed class BroadcastModesTests
{
    private static readonly (string Name, object Value)[][] Modes =
    [
        [(FlagNames.UseAdapter, false)],
        [(FlagNames.UseAdapter, true), (FlagNames.AdapterType, "websocket"), (FlagNames.DualMode, false)],
        [(FlagNames.DualMode, true)],
        [(FlagNames.AdapterType, "realtime")],
        [(FlagNames.RolloutOverride, "websocket_only")],
        [(FlagNames.RolloutOverride, "none"), (FlagNames.DualMode, false)],
        [(FlagNames.AdapterType, "dual"), (FlagNames.RolloutSystemPercent, 0.0)],
        [(FlagNames.RolloutSystemPercent, 100.0), (FlagNames.AdapterType, "auto")],
    ];

    [Fact]
    public async Task Modes_flip_under_load_and_no_watcher_misses_or_repeats_an_event()
    {
        const int Requests = 200;
        const int EventsEach = 5;
        await using var server = await TestServer.StartAsync();
        await using var webSocket = await LiveClient.GreetedAsync(server);
        await using var realtime = await ChannelClient.GreetedAsync(server);
        var watching = Task.WhenAll(webSocket.UntilSequenceAsync(Requests * EventsEach), realtime.UntilSequenceAsync(Requests * EventsEach));

        using var ended = new CancellationTokenSource();
        var flipping = FlipAsync(server, ended.Token);
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) => (await server.PostAsync(SomeEvents(EventsEach))).Status.ShouldBe(202));
        await watching;
        await ended.CancelAsync();

        (await flipping).ShouldBeGreaterThan(Modes.Length);
        webSocket.Sequences.ShouldBe(Enumerable.Range(1, Requests * EventsEach).Select(n => (long)n));
        realtime.Sequences.ShouldBe(webSocket.Sequences);
        webSocket.Seen.ShouldNotContain(frame => frame.Type == "g");
        realtime.Frames.ShouldNotContain(frame => frame.Type == "g");
    }

    [Fact]
    public async Task With_one_adapter_shut_dual_mode_goes_on_and_its_watchers_are_caught_up_later()
    {
        await using var server = await StartDualAsync();
        await using var webSocket = await LiveClient.GreetedAsync(server);
        await using var realtime = await ChannelClient.GreetedAsync(server);
        await ShutAsync(server, "adapter_realtime");

        await server.PostAsync(SomeEvents(10));
        await webSocket.UntilAsync(IsOrder(9));
        var meanwhile = (await server.GetAsync("/metrics/adapter")).Json.GetProperty("metrics");
        await OpenAsync(server, "adapter_realtime");
        await realtime.UntilAsync(IsOrder(9));

        meanwhile.GetProperty("broadcaster").GetProperty("failed_broadcasts").GetInt64().ShouldBe(0);
        meanwhile.GetProperty("broadcaster").GetProperty("adapter_broadcasts").GetInt64().ShouldBeGreaterThan(0);
        meanwhile.GetProperty("adapters").GetProperty("realtime").GetProperty("failed_events").GetInt64().ShouldBeGreaterThanOrEqualTo(10);
        meanwhile.GetProperty("adapters").GetProperty("realtime").GetProperty("healthy").GetBoolean().ShouldBeFalse();
        ShouldHaveAllOnce(realtime.Sequences);
    }

    [Fact]
    public async Task With_both_adapters_shut_broadcasts_fail_and_the_log_makes_up_for_it()
    {
        await using var server = await StartDualAsync();
        await using var webSocket = await LiveClient.GreetedAsync(server);
        await using var realtime = await ChannelClient.GreetedAsync(server);
        await ShutAsync(server, "adapter_websocket");
        await ShutAsync(server, "adapter_realtime");

        await server.PostAsync(SomeEvents(10));
        var failed = await Deadline.EventuallyAsync(() => server.GetAsync("/metrics/adapter"), answer => Failed(answer) > 0);
        var status = await server.GetAsync("/status");
        await OpenAsync(server, "adapter_websocket");
        await OpenAsync(server, "adapter_realtime");
        await Task.WhenAll(webSocket.UntilAsync(IsOrder(9)), realtime.UntilAsync(IsOrder(9)));

        status.Json.GetProperty("status").GetProperty("state").GetString().ShouldBe("degraded");
        status.Body.ShouldContain("who watches over it waits until POST /api/breakers/adapter_websocket/reset");
        ShouldHaveAllOnce(webSocket.Sequences);
        ShouldHaveAllOnce(realtime.Sequences);
    }

    [Fact]
    public async Task What_the_second_adapter_does_not_carry_is_a_mismatch_counted_against_all_that_was_compared()
    {
        await using var server = await StartDualAsync();
        await using var webSocket = await LiveClient.GreetedAsync(server);
        await using var realtime = await ChannelClient.GreetedAsync(server);
        await server.PostAsync(SomeEvents(70));
        await realtime.UntilAsync(IsOrder(69));
        await ShutAsync(server, "adapter_realtime");
        await server.PostAsync(SomeEvents(30));

        var mismatches = (await Deadline.EventuallyAsync(() => server.GetAsync("/metrics/adapter"), answer => OfSystem(answer) >= 30)).Json.GetProperty("metrics").GetProperty("mismatches");

        mismatches.GetProperty("compared").GetInt64().ShouldBeGreaterThanOrEqualTo(200);
        mismatches.GetProperty("mismatches_by_adapter").GetProperty("websocket").GetInt64().ShouldBe(0);
        mismatches.GetProperty("mismatches_by_category").GetProperty("system").GetInt64().ShouldBeInRange(30, 33);
        mismatches.GetProperty("mismatches_by_severity").GetProperty("low").GetInt64().ShouldBeInRange(30, 33);
        var last = mismatches.GetProperty("recent_mismatches")[9];
        last.GetProperty("adapter").GetString().ShouldBe("realtime");
        last.GetProperty("event_type").GetString().ShouldBe("order.placed");
        last.GetProperty("expected_checksum").GetString()!.ShouldStartWith("crc32c:");
        last.GetProperty("actual_checksum").ValueKind.ShouldBe(JsonValueKind.Null);
        last.GetProperty("error_message").GetString()!.ShouldContain("isolated");
    }

    [Fact]
    public async Task Pages_are_told_to_use_the_other_adapter_while_the_first_is_shut()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);
        var before = await EffectiveAsync(server);

        await ShutAsync(server, "adapter_realtime");
        var told = await watcher.UntilAsync(frame => frame.Type == "d" && frame.ToString().Contains("\"adapter_effective\":\"websocket\"", StringComparison.Ordinal));
        await OpenAsync(server, "adapter_realtime");

        before.ShouldBe("realtime");
        told.ToString().ShouldContain("Its circuit breaker is isolated.");
        (await EffectiveAsync(server)).ShouldBe("realtime");
    }

    [Fact]
    public async Task A_mode_that_is_set_is_in_effect_at_once_and_survives_in_the_status()
    {
        await using var server = await TestServer.StartAsync();

        (await server.PutFlagAsync(FlagNames.DualMode, """{"value": true}""")).Status.ShouldBe(200);
        var broadcast = (await server.GetAsync("/status")).Json.GetProperty("status").GetProperty("broadcast");
        (await server.PutFlagAsync(FlagNames.AdapterType, """{"value": "redis"}""")).ShouldBeProblem(400);

        (broadcast.GetProperty("mode").GetString(), broadcast.GetProperty("primary").GetString(), broadcast.GetProperty("secondary").GetString()).ShouldBe(("dual", "realtime", "websocket"));
        broadcast.GetProperty("adapters").EnumerateArray().Select(adapter => adapter.GetProperty("role").GetString()).ShouldBe(["secondary", "primary"]);
    }

    [Fact]
    public async Task Broadcasts_are_measured()
    {
        await using var server = await StartDualAsync();
        await using var webSocket = await LiveClient.GreetedAsync(server);
        await server.PostAsync(SomeEvents(4));
        await webSocket.UntilSequenceAsync(4);
        await Deadline.EventuallyAsync(() => server.GetAsync("/metrics/adapter"), answer => Compared(answer) == 4);

        var text = (await server.GetAsync("/metrics")).Body.Split('\n');

        string[] expected =
        [
            "holdfast_adapter_events_total{adapter=\"websocket\"} 4",
            "holdfast_adapter_broadcasts_total{adapter=\"realtime\"} 0",
            "holdfast_adapter_healthy{adapter=\"websocket\"} 1",
            "holdfast_adapter_effective{adapter=\"websocket\"} 1",
            "holdfast_broadcast_mode{mode=\"dual\"} 1",
            "holdfast_broadcast_failed_total 0",
            "holdfast_mismatch_compared_total{adapter=\"websocket\",category=\"system\"} 4",
            "holdfast_mismatch_found_total{adapter=\"websocket\",category=\"system\"} 0",
        ];
        expected.Where(line => !text.Contains(line)).ShouldBeEmpty();
    }

    private static Task<TestServer> StartDualAsync() =>
        TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.AdapterType] = "dual", [FlagNames.MismatchTripsBreaker] = false });

    private static async Task<int> FlipAsync(TestServer server, CancellationToken cancellationToken)
    {
        for (var flips = 0; ; flips++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return flips;
            }

            foreach (var (name, value) in Modes[flips % Modes.Length])
            {
                server.Flags.Set(name, value).Status.ShouldBe(FlagSetStatus.Set);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string SomeEvents(int count) =>
        $"[{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"event_type":"order.placed","data":{"i":{{i}} } }"""))}]";

    private static async Task ShutAsync(TestServer server, string breaker) =>
        (await server.AskAsync(HttpMethod.Post, $"/api/breakers/{breaker}/isolate", """{"reason":"to see"}""")).Status.ShouldBe(200);

    private static async Task OpenAsync(TestServer server, string breaker) =>
        (await server.AskAsync(HttpMethod.Post, $"/api/breakers/{breaker}/reset", """{"reason":"seen"}""")).Status.ShouldBe(200);

    private static async Task<string?> EffectiveAsync(TestServer server) => (await server.GetAsync("/status")).Json.GetProperty("status").GetProperty("adapter_effective").GetString();

    /// <summary>A frame that brings the order of this number. What the test does to the server becomes an event, too.</summary>
    private static Func<Frame, bool> IsOrder(int number) => frame =>
        frame.Type == "e" && frame[2].EnumerateArray().Any(item => item.GetProperty("event_type").GetString() == "order.placed" && item.GetProperty("data").GetProperty("i").GetInt32() == number);

    private static void ShouldHaveAllOnce(long[] sequences) => sequences.ShouldBe(Enumerable.Range(1, sequences.Length).Select(n => (long)n));

    private static long OfSystem(Answer answer) =>
        answer.Json.GetProperty("metrics").GetProperty("mismatches").GetProperty("mismatches_by_category").TryGetProperty("system", out var count) ? count.GetInt64() : 0;

    private static long Failed(Answer answer) => answer.Json.GetProperty("metrics").GetProperty("broadcaster").GetProperty("failed_broadcasts").GetInt64();

    private static long Compared(Answer answer) => answer.Json.GetProperty("metrics").GetProperty("mismatches").GetProperty("compared").GetInt64();
}
