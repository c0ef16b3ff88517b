using System.Collections.Concurrent;
using Holdfast.Pipeline;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>How nodes on one database hear of each other.</summary>
public class PostgresSharedLogTests(PostgresServers servers) : PostgresFixture(servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Guid Other = new("0190aaaa-0000-7000-8000-000000000002");

    [Fact]
    public async Task An_epoch_is_settled_up_to_what_no_batch_can_come_before()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Events(3)), Batches.OfEvents(3, 8, Events(2)));
        var withHole = await HeadsAsync(store);
        await Write(store, Batches.OfEvents(2, 4, Events(4)));
        var whole = await HeadsAsync(store);

        withHole.ShouldBe([new EpochHead(SpoolId, 3, 0)]);
        whole.ShouldBe([new EpochHead(SpoolId, 9, 0)]);
    }

    [Fact]
    public async Task Those_written_to_last_come_first_and_as_many_as_were_asked_for()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Events(3)));
        await store.WriteAsync(new StoreWrite(Other, [Batches.OfEvents(1, 1, Events(5))]), CancellationToken.None);

        (await HeadsAsync(store)).Select(head => head.Epoch).ShouldBe([Other, SpoolId]);
        (await HeadsAsync(store, limit: 1)).ShouldBe([new EpochHead(Other, 5, 0)]);
    }

    [Fact]
    public async Task An_epoch_that_is_not_written_to_for_two_days_is_forgotten_and_says_where_it_goes_on()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Events(3)));
        MoveClock("23 hours");
        await Write(store, Batches.OfEvents(2, 4, Events(3)));
        var steady = await HeadsAsync(store);
        MoveClock("49 hours");
        var silent = await HeadsAsync(store);
        await Write(store, Batches.OfEvents(3, 7, Events(3)));
        await Write(store, Batches.OfEvents(4, 10, Events(1)));
        var resumed = await HeadsAsync(store);

        steady.ShouldBe([new EpochHead(SpoolId, 6, 0)]);
        silent.ShouldBeEmpty();
        resumed.ShouldBe([new EpochHead(SpoolId, 10, ResumedAfter: 6)]);
    }

    [Fact]
    public async Task A_ring_is_heard_by_the_others_and_the_beginning_of_listening_is_one()
    {
        var (here, there) = (await OpenAsync(), await OpenAsync());
        using var mine = new Listener(here.Shared!);
        using var theirs = new Listener(there.Shared!);
        await mine.HeardAsync();
        await theirs.HeardAsync();

        await here.Shared!.RingAsync(LogRing.Stored, CancellationToken.None);
        await theirs.HeardAsync();
        await there.Shared!.RingAsync(LogRing.Watching, CancellationToken.None);
        await mine.HeardAsync();

        mine.Rings.ShouldBe([LogRing.Stored, LogRing.Watching], "its own was none");
        theirs.Rings.ShouldBe([LogRing.Stored, LogRing.Stored]);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_and_rings()
    {
        var store = await OpenAsync();
        using var listener = new Listener(store.Shared!);
        await listener.HeardAsync();

        Database.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()");
        var again = listener.HeardAsync();
        while (!again.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await again;
    }

    [Fact]
    public async Task Listening_ends_without_a_fault_when_it_is_cancelled()
    {
        var store = await OpenAsync();
        var listener = new Listener(store.Shared!);
        await listener.HeardAsync();

        listener.Dispose();

        await listener.Listening.WaitAsync(Patience);
    }

    private static ValueTask<IReadOnlyList<EpochHead>> HeadsAsync(ITelemetryStore store, int limit = 64) => store.Shared!.ReadHeadsAsync(limit, CancellationToken.None);

    private void MoveClock(string by) => Database.Execute($"UPDATE holdfast.clock_shift SET shift = shift + interval '{by}'");

    private sealed class Listener : IDisposable
    {
        private readonly SemaphoreSlim _heard = new(0);
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<LogRing> _rings = new();

        public Listener(ISharedLog shared) => Listening = shared.ListenAsync(Ring, _stop.Token);

        public Task Listening { get; }

        public IReadOnlyCollection<LogRing> Rings => _rings;

        public async Task HeardAsync() => (await _heard.WaitAsync(Patience)).ShouldBeTrue();

        public void Dispose() => _stop.Cancel();

        private void Ring(LogRing ring)
        {
            _rings.Enqueue(ring);
            _heard.Release();
        }
    }
}
