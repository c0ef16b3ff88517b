using System.Diagnostics;
using System.Text.Json;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Benchmarks.Retries;

/// <summary>Our queue, from an empty one: handed in in bulk, then executed by workers in this process.</summary>
internal sealed class OurQueue(NpgsqlDataSource source, PostgresRetryStore store, int workers)
{
    private const int Chunk = 1_000;

    /// <summary>What a round before left goes, as what the peers leave.</summary>
    private const string Empty =
        """
        TRUNCATE holdfast.retries, holdfast.retry_leases, holdfast.retry_log, holdfast.retry_dead_letters, holdfast.retry_keys,
          holdfast.retry_group_places, holdfast.retry_counts, holdfast.retry_count_deltas
        """;

    public async Task<(QueueRun Run, DrainCost Cost)> RunAsync(int items, int payload)
    {
        await source.ExecuteAsync(Empty);
        await source.ExecuteAsync("CHECKPOINT");
        var enqueued = await EnqueueAsync(items, payload);
        await source.ExecuteAsync("VACUUM ANALYZE holdfast.retries");
        await source.ExecuteAsync("CHECKPOINT");

        var logBefore = await LogPositionAsync();
        using var statements = new StatementCount();
        var drained = await DrainAsync(items);
        var cost = new DrainCost((await LogPositionAsync() - logBefore) / items, (double)statements.Executed / items);
        return (new QueueRun(enqueued, drained), cost);
    }

    private async Task<double> EnqueueAsync(int items, int payload)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["pad"] = new('x', payload) });
        var start = Stopwatch.GetTimestamp();
        foreach (var chunk in Enumerable.Range(0, items).Chunk(Chunk))
        {
            await store.EnqueueAsync([.. chunk.Select(_ => Item(body))], CancellationToken.None);
        }

        return items / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>From the start of the workers to the last recorded outcome, by the store's own sums.</summary>
    private async Task<double> DrainAsync(int items)
    {
        var handler = new NoOpHandler();
        await using var running = new RunningEngine(store, store.Doorbell, handler, workers);
        var start = Stopwatch.GetTimestamp();
        while (handler.Done < items || await CompletedAsync() < items)
        {
            await Task.Delay(20);
        }

        return items / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static NewRetry Item(byte[] payload) => new()
    {
        Id = Guid.CreateVersion7(),
        OperationType = NoOpHandler.Type,
        Target = "",
        Payload = payload,
        Priority = 0,
        MaxRetries = 3,
        Timeout = TimeSpan.FromSeconds(30),
        Penalty = RetryOrder.Penalty(0, strict: false),
    };

    private async Task<long> CompletedAsync() =>
        (await store.CountAsync(CancellationToken.None)).Where(count => count.Status == RetryStatus.Completed).Sum(count => count.Items);

    private async Task<double> LogPositionAsync()
    {
        await using var command = source.CreateCommand("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::double precision");
        return (double)(await command.ExecuteScalarAsync())!;
    }
}
