using Holdfast.Postgres.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

public class PostgresRetryDoorbellTests(PostgresServers servers) : PostgresFixture(servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_ring_is_heard_by_other_processes_and_the_beginning_of_listening_is_one()
    {
        await using var here = PostgresRetries.Store(Database);
        await using var there = PostgresRetries.Store(Database);
        using var listener = new Listener(there);
        await listener.HeardAsync();

        await here.Doorbell.RingAsync(CancellationToken.None);

        await listener.HeardAsync();
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_and_rings()
    {
        await using var store = PostgresRetries.Store(Database);
        using var listener = new Listener(store);
        await listener.HeardAsync();

        Database.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()");

        await listener.HeardAsync();
    }

    [Fact]
    public async Task Listening_ends_without_a_fault_when_it_is_cancelled()
    {
        await using var store = PostgresRetries.Store(Database);
        var listener = new Listener(store);
        await listener.HeardAsync();

        listener.Dispose();

        await listener.Listening.WaitAsync(Patience);
    }

    private sealed class Listener : IDisposable
    {
        private readonly SemaphoreSlim _heard = new(0);
        private readonly CancellationTokenSource _stop = new();
        private int _rings;

        public Listener(PostgresRetryStore store) => Listening = store.Doorbell.ListenAsync(Ring, _stop.Token);

        public Task Listening { get; }

        public int Rings => Volatile.Read(ref _rings);

        public async Task HeardAsync() => (await _heard.WaitAsync(Patience)).ShouldBeTrue();

        public void Dispose() => _stop.Cancel();

        private void Ring()
        {
            Interlocked.Increment(ref _rings);
            _heard.Release();
        }
    }
}
