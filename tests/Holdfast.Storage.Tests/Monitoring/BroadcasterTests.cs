using System.Text.Json;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;
using Holdfast.Realtime;
using Holdfast.Realtime.Changes;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Monitoring;

/// <summary>What watchers are told, with a real spool as the log behind it.</summary>
public sealed class BroadcasterTests : IAsyncDisposable
{
    private readonly SpoolHarness _spools = new();
    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly WebSocketAdapter _adapter = new();
    private readonly Outbox _outbox = new();
    private Broadcasting? _broadcasting;
    private LoopHost? _host;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _spools.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_that_nobody_was_told_of_is_read_from_the_log_although_others_keep_arriving()
    {
        var spool = await _spools.OpenAsync();
        var broadcaster = Start(spool);
        await AppendAsync(spool, broadcaster, told: false);

        // More than the patience of 50 ms in small steps, with a batch in each: waiting for silence would never end.
        for (var i = 0; i < 10; i++)
        {
            await AppendAsync(spool, broadcaster, told: true);
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        (await SequencesAsync(11)).ShouldBe(Enumerable.Range(1, 11).Select(n => (long)n));
    }

    [Fact]
    public async Task The_end_of_the_stream_is_told_when_it_was_passed_over_and_nothing_follows()
    {
        var spool = await _spools.OpenAsync();
        var broadcaster = Start(spool);
        await AppendAsync(spool, broadcaster, told: true);
        await AppendAsync(spool, broadcaster, told: false);

        (await SequencesAsync(2)).ShouldBe([1L, 2L]);
    }

    [Fact]
    public async Task What_the_log_does_not_have_is_told_as_a_gap_in_its_place()
    {
        var spool = await _spools.OpenAsync();
        var broadcaster = Start(spool);
        await AppendAsync(spool, broadcaster, told: false);
        await AppendAsync(spool, broadcaster, told: false);
        await spool.RemoveAsync([1], CancellationToken.None);
        await AppendAsync(spool, broadcaster, told: true);

        var frames = await FramesAsync(until: 3);

        frames.Select(f => f[0].GetString()).ShouldBe(["g", "e", "e"]);
        frames[0][1].GetProperty("to").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_watcher_that_comes_later_gets_what_follows_its_head_and_nothing_before()
    {
        var spool = await _spools.OpenAsync();
        var broadcaster = Start(spool);
        await AppendAsync(spool, broadcaster, told: true);
        await SequencesAsync(1);

        var late = new Outbox();
        var heads = broadcaster.Attach(_adapter, () => _adapter.Add(late), LivePositions.None);
        await AppendAsync(spool, broadcaster, told: true);

        heads.Told.In(spool.SpoolId).ShouldBe(1);
        var frame = (await late.TakeAsync(CancellationToken.None)).ShouldHaveSingleItem();
        JsonDocument.Parse(frame).RootElement[2][0].GetProperty("sequence_id").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task Watchers_of_an_adapter_that_was_closed_are_caught_up_from_the_log_each_event_once()
    {
        var spool = await _spools.OpenAsync();
        var broadcaster = Start(spool);
        var breaker = _broadcasting!.WebSocket.Breaker;
        _broadcasting.Set(new BroadcastOptions { AdapterType = "websocket" });
        await AppendAsync(spool, broadcaster, told: true);
        var first = await SequencesAsync(1);
        breaker.Isolate("test", "to see");
        for (var i = 0; i < 5; i++)
        {
            await AppendAsync(spool, broadcaster, told: true);
        }

        await UntilAsync(() => broadcaster.Heads.Told.In(spool.SpoolId) == 6);
        var late = new Outbox();
        var heads = broadcaster.Attach(_adapter, () => _adapter.Add(late), LivePositions.None);
        breaker.Reset("test", "seen");
        await AppendAsync(spool, broadcaster, told: true);

        first.ShouldBe([1L]);
        (await SequencesAsync(7)).ShouldBe([2L, 3L, 4L, 5L, 6L, 7L]);
        heads.Told.In(spool.SpoolId).ShouldBe(1);
        (await late.TakeAsync(CancellationToken.None)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task An_adapter_that_closes_again_while_it_is_caught_up_goes_on_where_it_stopped()
    {
        var spool = await _spools.OpenAsync();
        var failing = new FailingAdapter { FailAt = 3 };
        var broadcaster = Start(spool, failing);
        for (var i = 0; i < 6; i++)
        {
            await AppendAsync(spool, broadcaster, told: true);
        }

        await UntilAsync(() => failing.Sequences.Count == 6);
        failing.Sequences.ShouldBe([1L, 2L, 3L, 4L, 5L, 6L]);
        failing.Failures.ShouldBeGreaterThan(1);
    }

    private static async Task AppendAsync(SqliteSpool spool, Broadcaster broadcaster, bool told)
    {
        var entry = new SpoolEntry(SpoolKind.Event, EventCodec.Version, 1, Batches.Encode([Batches.Event()]));
        var receipt = await spool.AppendAsync(SpoolAppend.Of(entry), CancellationToken.None);
        if (told)
        {
            broadcaster.OnEvents(spool.SpoolId, receipt.ReceivedAt, [(entry, receipt.Positions[0])]);
        }
    }

    private Broadcaster Start(SqliteSpool spool, IMonitoringAdapter? realtime = null)
    {
        _broadcasting = new Broadcasting(_time, _adapter, realtime ?? new RealtimeAdapter(new RowChanges()));
        var log = new EventLog(spool, new MemoryTelemetryStore(_time), new StoreState());
        var broadcaster = new Broadcaster(spool, _broadcasting.Switch, log, new RecentEvents(), _time, NullLogger<Broadcaster>.Instance);
        broadcaster.Attach(_adapter, () => _adapter.Add(_outbox), LivePositions.None);
        _host = new LoopHost([broadcaster], _time, NullLogger<LoopHost>.Instance);
        _host.Start();
        return broadcaster;
    }

    private async Task<IReadOnlyList<long>> SequencesAsync(long until) =>
        (await FramesAsync(until)).Where(f => f[0].GetString() == "e")
            .SelectMany(f => f[2].EnumerateArray().Select(e => e.GetProperty("sequence_id").GetInt64())).ToArray();

    /// <summary>The frames up to the one that carries an event; the clock moves until it is there.</summary>
    private async Task<IReadOnlyList<JsonElement>> FramesAsync(long until)
    {
        var frames = new List<JsonElement>();
        while (!frames.Any(f => f[0].GetString() == "e" && f[2].EnumerateArray().Any(e => e.GetProperty("sequence_id").GetInt64() == until)))
        {
            var taking = _outbox.TakeAsync(CancellationToken.None);
            while (!taking.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            frames.AddRange((await taking).Select(frame => JsonDocument.Parse(frame).RootElement.Clone()));
        }

        return frames;
    }

    /// <summary>Waits for what happens while the clock moves.</summary>
    private async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }

    /// <summary>Takes everything, but one event only at the third attempt.</summary>
    private sealed class FailingAdapter : IMonitoringAdapter
    {
        public string Name => "realtime";

        public int ConnectionCount => 1;

        public AdapterMetrics Metrics => new(0, 0, 0);

        public long FailAt { get; init; }

        public int Failures { get; private set; }

        public List<long> Sequences { get; } = [];

        public ValueTask ConnectAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisconnectAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public BroadcastOutcome Broadcast(LiveUpdate update)
        {
            if (update is not EventsUpdate told)
            {
                return BroadcastOutcome.Acknowledged;
            }

            if (told.From == FailAt && Failures < 2)
            {
                Failures++;
                throw new InvalidOperationException("Not now.");
            }

            Sequences.AddRange(told.Events.ToStored().Select(stored => stored.SequenceId));
            return BroadcastOutcome.Acknowledged;
        }
    }
}
