using Npgsql;

namespace Holdfast.Faults.Support;

/// <summary>A line of history.</summary>
internal sealed record RetryLine(Guid Id, DateTimeOffset At, string Kind, long? Token = null, Guid? Process = null);

/// <summary>Where an item is that is not completed.</summary>
internal sealed record RetryPlace(Guid Id, string Status);

/// <summary>A run of a worker process under one lease.</summary>
internal sealed record RetryRun(Guid Process, string Node, DateTimeOffset BegunAt);

/// <summary>What the database knows of the items of a queue, read past the servers. Its clock is this machine's.</summary>
internal sealed record RetryHistory(IReadOnlyList<RetryLine> Lines, IReadOnlyList<RetryPlace> Places, IReadOnlyList<RetryRun> Runs)
{
    // One transaction sees one moment: an item that moves is seen once.
    private const string All =
        """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SELECT id, at, kind, token, process FROM holdfast.retry_log;
        SELECT id, 'pending' FROM holdfast.retries
        UNION ALL SELECT id, 'processing' FROM holdfast.retries_held
        UNION ALL SELECT id, status FROM holdfast.retry_dead_letters;
        SELECT process, node, begun_at FROM holdfast.retry_processes;
        COMMIT
        """;

    public static async Task<RetryHistory> ReadAsync(FaultDatabase database)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(All, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var lines = await RowsAsync(rows, row => new RetryLine(
            row.GetGuid(0), Instant(row, 1), row.GetString(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.IsDBNull(4) ? null : row.GetGuid(4)));
        await rows.NextResultAsync();
        var places = await RowsAsync(rows, row => new RetryPlace(row.GetGuid(0), row.GetString(1)));
        await rows.NextResultAsync();
        return new RetryHistory(lines, places, await RowsAsync(rows, row => new RetryRun(row.GetGuid(0), row.GetString(1), Instant(row, 2))));
    }

    /// <summary>Items that wait for a worker, or are held by one.</summary>
    public int Unfinished => Places.Count(place => place.Status is "pending" or "processing");

    /// <summary>Of some items alone.</summary>
    public RetryHistory Of(IReadOnlySet<Guid> ids) => this with { Lines = [.. Lines.Where(line => ids.Contains(line.Id))], Places = [.. Places.Where(place => ids.Contains(place.Id))] };

    /// <summary>For each loss of a node: how long until the last item that it had then was taken from it. Losses that cost no item are left out.</summary>
    /// <param name="losses">The moments, in order; each run of the node ended with the first that came after it began.</param>
    public IReadOnlyList<TimeSpan> TakenOverAfter(string node, IReadOnlyList<DateTimeOffset> losses)
    {
        var runs = Runs.Where(run => run.Node == node && losses.Any(loss => loss > run.BegunAt)).ToDictionary(run => run.Process);
        return
        [
            .. Lines.Where(line => line is { Kind: "crashed", Process: not null } && runs.ContainsKey(line.Process.Value))
                .GroupBy(line => losses.First(loss => loss > runs[line.Process!.Value].BegunAt))
                .Select(loss => loss.Max(line => line.At) - loss.Key),
        ];
    }

    /// <summary>How long until an outcome counted again.</summary>
    public TimeSpan ResumedAfter(DateTimeOffset end) => Lines.Where(line => line.Kind == "completed" && line.At > end).Min(line => line.At) - end;

    private static DateTimeOffset Instant(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    private static async Task<List<T>> RowsAsync<T>(NpgsqlDataReader rows, Func<NpgsqlDataReader, T> read)
    {
        var result = new List<T>();
        while (await rows.ReadAsync())
        {
            result.Add(read(rows));
        }

        return result;
    }
}
