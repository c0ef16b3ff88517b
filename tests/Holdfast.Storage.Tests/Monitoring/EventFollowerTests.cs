using System.Text.Json;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Realtime;
using Holdfast.Realtime.Changes;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Monitoring;

/// <summary>What watchers are told of what other nodes store.</summary>
public sealed class EventFollowerTests : IAsyncDisposable
{
    private static readonly Guid Other = new("0190aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Third = new("0190aaaa-0000-7000-8000-00000000000b");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SpoolHarness _spools = new();
    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly WebSocketAdapter _adapter = new();
    private readonly Outbox _outbox = new();
    private readonly RecentEvents _recent = new();
    private readonly StoreState _state = new();
    private readonly MemoryTelemetryStore _store;
    private readonly FaultyStore _read;
    private readonly TrialSharedLog _shared;
    private readonly EventBell _bell;
    private readonly WatchedElsewhere _elsewhere;
    private readonly Dictionary<Guid, (long BatchSeq, long Sequence)> _written = [];
    private Broadcaster _broadcaster = null!;
    private EventFollower _follower = null!;
    private LoopHost? _host;

    public EventFollowerTests()
    {
        _store = new MemoryTelemetryStore(_time);
        _read = new FaultyStore(_store);
        _shared = new TrialSharedLog(_store);
        _shared.Add(Other);
        _bell = new EventBell(_shared, _time);
        _elsewhere = new WatchedElsewhere(_bell, _time);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _spools.DisposeAsync();
    }

    [Fact]
    public async Task What_another_node_stores_is_told_in_order_and_what_it_had_stored_before_is_not()
    {
        await WriteAsync(Other, 5);
        await StartAsync(watched: true);
        await WriteAsync(Other, 3);
        _shared.Ring();
        await WriteAsync(Other, 2);
        _shared.Ring();

        (await SequencesAsync(Other, until: 10)).ShouldBe([6, 7, 8, 9, 10]);
    }

    [Fact]
    public async Task A_ring_that_was_lost_costs_a_second()
    {
        await StartAsync(watched: true);
        await WriteAsync(Other, 3);

        (await SequencesAsync(Other, until: 3)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_node_that_joins_is_told_from_its_first_event()
    {
        await StartAsync(watched: true);
        await WriteAsync(Third, 4);
        _shared.Add(Third);
        _shared.Ring();

        (await SequencesAsync(Third, until: 4)).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Nothing_that_may_still_get_something_before_it_is_told()
    {
        await StartAsync(watched: true);
        await StoreAsync(Other, Batches.OfEvents(1, 1, Rows(2)), Batches.OfEvents(3, 6, Rows(2)));
        _shared.Ring();
        var before = await SequencesAsync(Other, until: 2);
        await StoreAsync(Other, Batches.OfEvents(2, 3, Rows(3)));
        _shared.Ring();

        before.ShouldBe([1, 2]);
        (await SequencesAsync(Other, until: 7)).ShouldBe([3, 4, 5, 6, 7]);
    }

    [Fact]
    public async Task While_nobody_watches_nothing_is_read_and_a_first_paint_shows_the_newest_all_the_same()
    {
        await StartAsync(watched: false);
        await WriteAsync(Other, 50);
        await LookAsync();
        _recent.Newest().ShouldBeEmpty();
        _broadcaster.Heads.Told.In(Other).ShouldBe(50);

        await _follower.FreshenAsync();

        _recent.Newest().Select(e => e.SequenceId).ShouldBe(Enumerable.Range(0, RecentEvents.EventsMax).Select(i => 50L - i));
        _follower.Told.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_passed_over_while_a_first_paint_reads_is_there_at_the_next()
    {
        await StartAsync(watched: false);
        await WriteAsync(Other, 3);
        await LookAsync();
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _read.BeforeReadAfter = () =>
        {
            begun.TrySetResult();
            return goOn.Task;
        };

        var first = _follower.FreshenAsync();
        await begun.Task.WaitAsync(Patience);
        await WriteAsync(Other, 2);
        await LookAsync();
        goOn.SetResult();
        await first;
        await _follower.FreshenAsync();

        _recent.Newest().Select(e => e.SequenceId).ShouldBe([5, 4, 3, 2, 1]);
    }

    [Fact]
    public async Task A_watcher_gets_live_what_follows_what_it_was_attached_at()
    {
        await StartAsync(watched: false);
        await WriteAsync(Other, 50);
        await LookAsync();
        var heads = _broadcaster.Attach(_adapter, () => _adapter.Add(_outbox), LivePositions.None);
        await WriteAsync(Other, 2);
        _shared.Ring();

        heads.Told.In(Other).ShouldBe(50);
        (await SequencesAsync(Other, until: 52)).ShouldBe([51, 52]);
    }

    [Fact]
    public async Task A_backlog_waits_for_those_who_have_not_read_the_pages_before()
    {
        await StartAsync(watched: true);
        await WriteAsync(Other, 4 * EventFollower.PageEvents);
        _shared.Ring();
        AdvanceUntil(() => _follower.Told >= 2 * EventFollower.PageEvents);

        for (var paces = 0; paces < 5; paces++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(25));
            await Task.Delay(1);
        }

        _follower.Told.ShouldBe(2 * EventFollower.PageEvents, "all of its place is taken");
        await _outbox.TakeAsync(CancellationToken.None);
        AdvanceUntil(() => _follower.Told >= 4 * EventFollower.PageEvents);
    }

    [Fact]
    public async Task A_backlog_comes_page_by_page_and_whole()
    {
        const int Total = 2_500;
        await StartAsync(watched: true);
        for (var written = 0; written < Total; written += 250)
        {
            await WriteAsync(Other, 250);
        }

        _shared.Ring();

        // The clock runs faster here than anybody reads, so some of it may be told as a gap: it must not be told twice, or in another order.
        var told = (await FramesAsync(Other, until: Total)).SelectMany(f => f[0].GetString() switch
        {
            "e" => SequencesOf(f, Other),
            "g" => Enumerable.Range(f[1].GetProperty("from").GetInt32(), f[1].GetProperty("to").GetInt32() - f[1].GetProperty("from").GetInt32() + 1).Select(n => (long)n),
            _ => [],
        });
        told.SequenceEqual(Enumerable.Range(1, Total).Select(n => (long)n)).ShouldBeTrue();
        _follower.Told.ShouldBe(Total);
    }

    [Fact]
    public async Task A_store_that_is_away_costs_time_and_no_event()
    {
        await StartAsync(watched: true);
        _shared.IsAway = true;
        await WriteAsync(Other, 3);
        await LookAsync();
        _shared.IsAway = false;

        (await SequencesAsync(Other, until: 3)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task What_a_watcher_lacks_that_came_before_this_node_knew_the_others_is_told_when_it_does()
    {
        await WriteAsync(Other, 10);
        _shared.IsAway = true;
        await StartAsync(watched: false);
        var heads = _broadcaster.Attach(_adapter, () => _adapter.Add(_outbox), LivePositions.Of(Other, 7));
        _shared.IsAway = false;

        heads.IsComplete.ShouldBeFalse();
        (await SequencesAsync(Other, until: 10)).ShouldBe([8, 9, 10]);
    }

    [Fact]
    public async Task The_cursor_of_every_frame_holds_all_epochs()
    {
        _shared.Add(Third);
        await StartAsync(watched: true);
        await WriteAsync(Other, 1);
        await WriteAsync(Third, 1);
        _shared.Ring();
        await SequencesAsync(Third, until: 1);
        await WriteAsync(Other, 1);
        _shared.Ring();

        var frame = (await FramesAsync(Other, until: 2)).Last(f => f[0].GetString() == "e");

        LiveCursor.TryDecode(frame[1].GetString()!, out var cursor).ShouldBeTrue();
        cursor.All.ShouldBe(
            [KeyValuePair.Create(_broadcaster.Epoch, 0L), KeyValuePair.Create(Other, 2L), KeyValuePair.Create(Third, 1L)], ignoreOrder: true);
    }

    [Fact]
    public async Task That_somebody_watches_here_is_told_to_the_others_and_what_they_tell_is_heard()
    {
        await StartAsync(watched: true);
        while (!_shared.Rung.Contains(LogRing.Watching))
        {
            await LookAsync();
        }

        var before = _elsewhere.IsWatched;
        _shared.Ring(LogRing.Watching);

        (before, _elsewhere.IsWatched).ShouldBe((false, true));
    }

    [Fact]
    public async Task While_nobody_watches_here_nobody_is_told_so()
    {
        await StartAsync(watched: false);
        await LookAsync();

        _shared.Rung.ShouldBeEmpty();
    }

    private void AdvanceUntil(Func<bool> isSo) => SpinWait.SpinUntil(
        () =>
        {
            if (!isSo())
            {
                _time.Advance(TimeSpan.FromMilliseconds(25));
            }

            return isSo();
        },
        Patience).ShouldBeTrue();

    private async Task StartAsync(bool watched)
    {
        var spool = await _spools.OpenAsync();
        _state.Opened(await _store.OpenAsync(CancellationToken.None));
        var log = new EventLog(spool, _read, _state);
        _broadcaster = new Broadcaster(spool, new Broadcasting(_time, _adapter, new RealtimeAdapter(new RowChanges())).Switch, log, _recent, _time, NullLogger<Broadcaster>.Instance, isAlone: false);
        _follower = new EventFollower(_shared, _broadcaster, log, _recent, _state, _time, NullLogger<EventFollower>.Instance) { Elsewhere = _elsewhere };
        if (watched)
        {
            _broadcaster.Attach(_adapter, () => _adapter.Add(_outbox), LivePositions.None);
        }

        _host = new LoopHost([_broadcaster, _follower, _bell], _time, NullLogger<LoopHost>.Instance);
        _host.Start();
        if (!_shared.IsAway)
        {
            SpinWait.SpinUntil(() => _broadcaster.Heads.IsComplete, Patience).ShouldBeTrue();
        }
    }

    private async Task WriteAsync(Guid epoch, int count)
    {
        var (batch, sequence) = _written.GetValueOrDefault(epoch);
        await StoreAsync(epoch, Batches.OfEvents(batch + 1, sequence + 1, Rows(count)));
        _written[epoch] = (batch + 1, sequence + count);
    }

    private async Task StoreAsync(Guid epoch, params IReadOnlyList<Spool.SpooledBatch> batches) =>
        await _store.WriteAsync(new StoreWrite(epoch, batches), CancellationToken.None);

    private static List<EventRow> Rows(int count) => [.. Enumerable.Range(0, count).Select(_ => Batches.Event())];

    /// <summary>Waits until the follower has looked once more, from the beginning to the end.</summary>
    private async Task LookAsync()
    {
        var looks = _shared.Looked;
        while (looks.CurrentCount > 0)
        {
            await looks.WaitAsync();
        }

        // The second one begins when the first has ended.
        for (var i = 0; i < 2; i++)
        {
            var looked = looks.WaitAsync(Patience);
            while (!looked.IsCompleted)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        }
    }

    private async Task<IReadOnlyList<long>> SequencesAsync(Guid epoch, long until) =>
        [.. (await FramesAsync(epoch, until)).Where(f => f[0].GetString() == "e").SelectMany(f => SequencesOf(f, epoch))];

    /// <summary>The frames up to the one that carries an event; the clock moves until it is there.</summary>
    private async Task<IReadOnlyList<JsonElement>> FramesAsync(Guid epoch, long until)
    {
        var frames = new List<JsonElement>();
        while (!frames.Any(f => f[0].GetString() == "e" && SequencesOf(f, epoch).Contains(until)))
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

    private static IEnumerable<long> SequencesOf(JsonElement frame, Guid epoch) =>
        frame[2].EnumerateArray().Where(e => e.GetProperty("epoch").GetGuid() == epoch).Select(e => e.GetProperty("sequence_id").GetInt64());
}
