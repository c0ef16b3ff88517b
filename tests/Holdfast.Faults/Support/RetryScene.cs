using System.Diagnostics;

namespace Holdfast.Faults.Support;

/// <summary>Some servers over one queue, what they call, and what they promised.</summary>
internal sealed class RetryScene : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    // Longer than any lease and any delay.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<RetryServer> _servers;

    private RetryScene(FaultDatabase database, CallbackTarget target, IEnumerable<string> nodes)
    {
        Database = database;
        Target = target;
        Producer = new RetryProducer(target);
        _servers = [.. nodes.Select(node => new RetryServer(node, database))];
    }

    public FaultDatabase Database { get; }

    public CallbackTarget Target { get; }

    public RetryProducer Producer { get; }

    public RetryServer this[string node] => _servers.Single(server => server.Node == node);

    /// <summary>None is started.</summary>
    public static async Task<RetryScene> MakeAsync(FaultDatabase database, IEnumerable<string> nodes, CancellationToken cancellationToken) =>
        new(database, await CallbackTarget.StartAsync(cancellationToken), nodes);

    /// <summary>One after the other: the first makes the schema.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var server in _servers)
        {
            await server.StartAsync(cancellationToken);
        }
    }

    /// <summary>Waits until everything that was committed has ended. When nothing moves any more, the judge says what is missing.</summary>
    public async Task WhenDrainedAsync(CancellationToken cancellationToken)
    {
        var (seen, changed) = (await CountAsync(), Stopwatch.GetTimestamp());
        while ((seen.Ended < Producer.Committed.Count || seen.Unfinished > 0) && Stopwatch.GetElapsedTime(changed) < Patience)
        {
            await Task.Delay(Look, cancellationToken);
            var now = await CountAsync();
            (seen, changed) = now == seen ? (seen, changed) : (now, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Waits until one more has ended.</summary>
    public async Task WhenMoreEndAsync(CancellationToken cancellationToken)
    {
        var before = (await CountAsync()).Ended;
        while ((await CountAsync()).Ended == before)
        {
            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Moves the clock of the queue, which is the database's, ahead.</summary>
    public Task MoveClockAsync(TimeSpan by) => Database.ExecuteAsync($"UPDATE holdfast.clock_shift SET shift = shift + interval '{(long)by.TotalSeconds} seconds'");

    /// <summary>Whether items are with a node, as far as the database knows.</summary>
    public async Task<bool> HoldsItemsAsync(string node) =>
        (await Database.ReadAsync<bool>($"SELECT EXISTS (SELECT FROM holdfast.retry_leases WHERE process IN {RunsOf(node)})"))[0];

    /// <summary>Waits until items of a node were taken from it and none is left with it.</summary>
    public async Task WhenTakenOverAsync(string node, CancellationToken cancellationToken)
    {
        var taken = $"SELECT EXISTS (SELECT FROM holdfast.retry_log WHERE kind = 'crashed' AND process IN {RunsOf(node)})";
        while (!(await Database.ReadAsync<bool>(taken))[0] || await HoldsItemsAsync(node))
        {
            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Outcomes that came too late, as the servers that live have counted them.</summary>
    public async Task<long> StaleRefusedAsync(CancellationToken cancellationToken)
    {
        var refused = 0L;
        foreach (var server in _servers)
        {
            refused += (long)await server.CounterAsync("holdfast_retry_stale_ack_rejected_total", cancellationToken);
        }

        return refused;
    }

    public Task<RetryHistory> HistoryAsync() => RetryHistory.ReadAsync(Database);

    public RetryVerdict Judge(RetryHistory history) => RetryJudge.Decide(Producer.Committed, history, Target.Calls);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await Target.DisposeAsync();
    }

    private async Task<(long Unfinished, long Ended)> CountAsync()
    {
        const string Counts =
            """
            SELECT ARRAY[
              (SELECT count(*) FROM holdfast.retries) + (SELECT count(*) FROM holdfast.retries_held),
              (SELECT count(*) FROM holdfast.retry_log WHERE kind = 'completed') + (SELECT count(*) FROM holdfast.retry_dead_letters)]
            """;
        var counts = (await Database.ReadAsync<long[]>(Counts))[0];
        return (counts[0], counts[1]);
    }

    private static string RunsOf(string node) => $"(SELECT process FROM holdfast.retry_processes WHERE node = '{node}')";
}
