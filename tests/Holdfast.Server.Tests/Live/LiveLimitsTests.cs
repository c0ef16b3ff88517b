using Holdfast.AspNetCore.Live;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Live;

public sealed class LiveLimitsTests
{
    [Fact]
    public async Task A_watcher_that_does_not_read_is_bounded_told_its_gap_and_holds_up_nobody()
    {
        await using var server = await TestServer.StartAsync();
        await using var slow = await LiveClient.GreetedAsync(server);
        await using var quick = await LiveClient.GreetedAsync(server);

        // Far more than the sockets on both sides and the outbox can hold together.
        const int Total = 12_000;
        for (var from = 1; from <= Total; from += 100)
        {
            await RecordLargeAsync(server, from, 100);
            await quick.UntilSequenceAsync(from + 99);
        }

        var dropped = server.Node.Parts.Adapter.Metrics.Dropped;
        await slow.UntilSequenceAsync(Total);

        quick.Sequences.ShouldBe(Enumerable.Range(1, Total).Select(n => (long)n));
        quick.Seen.ShouldNotContain(frame => frame.Type == "g");
        dropped.ShouldBeGreaterThan(0);
        var told = slow.Seen.Where(frame => frame.Type == "g").Sum(frame => frame[1].GetProperty("to").GetInt64() - frame[1].GetProperty("from").GetInt64() + 1);
        told.ShouldBe(dropped);
        (slow.Sequences.Length + told).ShouldBe(Total);
        slow.Sequences.ShouldBe(slow.Sequences.Order());
    }

    [Fact]
    public async Task A_gap_is_told_before_the_events_behind_it()
    {
        await using var server = await TestServer.StartAsync();
        await using var slow = await LiveClient.GreetedAsync(server);
        for (var from = 1; from <= 12_000; from += 1_000)
        {
            await RecordLargeAsync(server, from, 1_000);
        }

        await slow.UntilSequenceAsync(12_000);

        var expected = 1L;
        foreach (var frame in slow.Seen.Where(frame => frame.Type is "e" or "g"))
        {
            if (frame.Type == "g")
            {
                frame[1].GetProperty("from").GetInt64().ShouldBe(expected);
                expected = frame[1].GetProperty("to").GetInt64() + 1;
            }
            else
            {
                frame.Sequences.ShouldBe(Enumerable.Range(0, frame.Sequences.Count()).Select(i => expected + i));
                expected += frame.Sequences.Count();
            }
        }
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_refused_until_one_leaves()
    {
        await using var server = await TestServer.StartAsync(services: services =>
            services.AddSingleton(provider => new LiveSessions(provider.GetRequiredService<LifecycleState>(), () => 0.5, TimeProvider.System, max: 3)));
        await using var first = await LiveClient.GreetedAsync(server);
        await using var second = await LiveClient.GreetedAsync(server);
        await using var third = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));

        (await SocketClient.RefusedAsync(server.WebSocketAddress("/live"))).ShouldBe(503);
        (await SocketClient.RefusedAsync(server.WebSocketAddress("/events"))).ShouldBe(503);

        await third.CloseAsync();
        await third.ClosedAsync();
        var places = server.Services.GetRequiredService<LiveSessions>();
        await Deadline.EventuallyAsync(() => Task.FromResult(places.Count), count => count == 2);
        await using var fourth = await LiveClient.GreetedAsync(server);
    }

    [Fact]
    public async Task At_shutdown_watchers_are_told_when_to_come_back_and_closed_as_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);
        await using var producer = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));

        var stopping = server.StopAsync();
        var bye = await watcher.UntilAsync("b");
        var closed = await watcher.Socket.ClosedAsync();
        var producerClosed = await producer.ClosedAsync();
        await stopping;

        bye[1].GetString().ShouldNotBeNullOrEmpty();
        bye[2].GetInt64().ShouldBeInRange(250, 1_250);
        closed.Status.ShouldBe(1012);
        producerClosed.Status.ShouldBe(1012);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_what_must_be_delivered_is_closed_with_1013()
    {
        await using var server = await TestServer.StartAsync();
        await using var slow = await LiveClient.GreetedAsync(server);
        var change = new ControlUpdate(LiveFrames.Flags(new string('x', 10_000)));

        // Until its socket takes nothing more, however much that is: what was told a moment ago still waits. What follows may not be dropped.
        await Deadline.EventuallyAsync(() => Task.FromResult(Tell(Outbox.ControlMax / 2)), waiting => waiting > Outbox.ControlMax / 2 * 10_000L);
        Tell(2 * Outbox.ControlMax);
        var closed = await slow.Socket.ClosedAsync();

        closed.Status.ShouldBe(1013);
        server.Node.Parts.Adapter.Metrics.Closed.ShouldBe(1);

        long Tell(int times)
        {
            var before = server.Node.Parts.Adapter.Metrics.WaitingBytes;
            for (var told = 0; told < times; told++)
            {
                server.Node.Parts.Broadcaster.Tell(change);
            }

            return before;
        }
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_does_not_hold_up_the_shutdown()
    {
        await using var server = await TestServer.StartAsync();
        await using var slow = await LiveClient.GreetedAsync(server);
        for (var from = 1; from <= 8_000; from += 1_000)
        {
            await RecordLargeAsync(server, from, 1_000);
        }

        var started = TimeProvider.System.GetTimestamp();
        await server.StopAsync();

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(12));
    }

    [Fact]
    public async Task A_watcher_that_left_is_not_counted_any_more()
    {
        await using var server = await TestServer.StartAsync();
        await using var stays = await LiveClient.GreetedAsync(server);
        var leaves = await LiveClient.GreetedAsync(server);
        var breaks = await LiveClient.GreetedAsync(server);
        server.Node.Parts.Adapter.ConnectionCount.ShouldBe(3);

        await leaves.Socket.CloseAsync();
        breaks.Socket.Abort();

        await Deadline.EventuallyAsync(() => server.GetAsync("/status"), answer => answer.Json.GetProperty("watchers").GetInt32() == 1);
        await leaves.DisposeAsync();
        await breaks.DisposeAsync();
    }

    /// <summary>Events of two kilobytes each.</summary>
    private static async Task RecordLargeAsync(TestServer server, int from, int count)
    {
        var filler = new string('x', 2_000);
        var events = Enumerable.Range(from, count).Select(n => $$"""{"event_type":"slow.reader","data":{"n":{{n}},"filler":"{{filler}}"} }""");
        (await server.PostAsync($"[{string.Join(',', events)}]")).Status.ShouldBe(202);
    }
}
