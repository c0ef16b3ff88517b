using System.Text.Json;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Monitoring;

/// <summary>What watchers are told, with a real spool as the log behind it.</summary>
public sealed class BroadcasterTests : IAsyncDisposable
{
    private readonly SpoolHarness _spools = new();
    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly WebSocketAdapter _adapter = new();
    private readonly Outbox _outbox = new();
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
        var head = broadcaster.Attach(_adapter, late);
        await AppendAsync(spool, broadcaster, told: true);

        head.ShouldBe(1);
        var frame = (await late.TakeAsync(CancellationToken.None)).ShouldHaveSingleItem();
        JsonDocument.Parse(frame).RootElement[2][0].GetProperty("sequence_id").GetInt64().ShouldBe(2);
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

    private Broadcaster Start(SqliteSpool spool)
    {
        var log = new EventLog(spool, new MemoryTelemetryStore(_time), new StoreState());
        var broadcaster = new Broadcaster(spool, [_adapter], log, new RecentEvents(), _time, NullLogger<Broadcaster>.Instance);
        broadcaster.Attach(_adapter, _outbox);
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
            var taking = _outbox.TakeAsync(CancellationToken.None).AsTask();
            while (!taking.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            frames.AddRange((await taking).Select(frame => JsonDocument.Parse(frame).RootElement.Clone()));
        }

        return frames;
    }
}
