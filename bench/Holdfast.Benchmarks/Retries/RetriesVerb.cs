using Holdfast.Postgres.Retries;
using Holdfast.Postgres.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Holdfast.Benchmarks.Retries;

/// <summary>
/// The queue of failed operations on PostgreSQL, workers in this process, beside a bare loop and other queues in the same rounds: what the
/// machine does meanwhile happens to all of them.
/// </summary>
internal static class RetriesVerb
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var plan = RetriesPlan.Of(arguments);
        await using var source = NpgsqlDataSource.Create(plan.Postgres);
        await using var store = new PostgresRetryStore(
            new PostgresStoreOptions { ConnectionString = plan.Postgres }, TimeProvider.System, NullLogger<PostgresRetryStore>.Instance);
        await store.OpenAsync(CancellationToken.None);

        var rounds = new List<RetriesRound>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            rounds.Add(await RoundAsync(plan, source, store));
        }

        RetriesReport.Print(plan, rounds, await SteadyLoad.RunAsync(source, store, plan));
        return 0;
    }

    private static async Task<RetriesRound> RoundAsync(RetriesPlan plan, NpgsqlDataSource source, PostgresRetryStore store)
    {
        var bare = await BareLoop.RunAsync(source, plan.Items, plan.Payload);
        var (ours, cost) = await new OurQueue(source, store, plan.Workers).RunAsync(plan.Items, plan.Payload);
        var peers = new Dictionary<string, QueueRun>(StringComparer.Ordinal);
        foreach (var peer in plan.Peers)
        {
            peers[peer.Name] = await peer.RunAsync(plan.Items, plan.Payload);
        }

        return new RetriesRound(bare, ours, cost, peers);
    }
}
