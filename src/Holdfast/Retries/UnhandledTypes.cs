namespace Holdfast.Retries;

/// <summary>
/// Finds the operation types of which items wait, that have no handler in this process, and that nobody else seems to execute, in the running
/// sums. What other processes and workers have is not written down anywhere; that they finish items of a type is seen. Thread-safe.
/// </summary>
/// <param name="shared">Others may execute items of this queue.</param>
internal sealed class UnhandledTypes(RetryHandlers handlers, bool shared, TimeProvider time)
{
    // Longer than what workers elsewhere usually put off what failed: until then they finish something, or it is a dead letter.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // Types come from outside: no more are remembered, and no more are told of.
    private const int KnownMax = 1_000;
    private const int AlertsMax = 20;

    private readonly Lock _gate = new();
    private Dictionary<string, Waiting> _known = new(StringComparer.Ordinal);

    /// <summary>An alert for each such type, those with the most items first; the log is told of each once.</summary>
    public IReadOnlyList<RetryAlert> Find(IReadOnlyList<RetryCount> counts)
    {
        var now = time.GetUtcNow();
        var sums = counts.GroupBy(count => count.OperationType, StringComparer.Ordinal).Where(group => !handlers.Has(group.Key)).Select(Sum.Of)
            .Where(sum => sum.Waiting > 0).OrderByDescending(sum => sum.Waiting).ThenBy(sum => sum.Type, StringComparer.Ordinal).Take(KnownMax).ToList();
        lock (_gate)
        {
            _known = sums.ToDictionary(sum => sum.Type, sum => Waiting.After(_known.GetValueOrDefault(sum.Type), sum, now), StringComparer.Ordinal);
            return [.. sums.Where(sum => _known[sum.Type].IsLeftAlone(now)).Take(AlertsMax).Select(sum => Tell(sum, _known[sum.Type]))];
        }
    }

    private RetryAlert Tell(Sum sum, Waiting waiting)
    {
        handlers.TellMissing(sum.Type);
        return new RetryAlert(RetryAlertReasons.NoHandler, Item: null, $"{sum.Type}: {sum.Waiting} waiting, and {WhatToDo}", waiting.ExecutedAt ?? waiting.NoticedAt);
    }

    private string WhatToDo => shared
        ? "no handler in this process. Unless another process or worker has one, add one or run a worker for this type."
        : "no handler in this process, which alone has this queue. Add one for this type, or cancel them.";

    /// <summary>What the sums say of one type.</summary>
    private sealed record Sum(string Type, long Waiting, long Executing, long Finished)
    {
        public static Sum Of(IGrouping<string, RetryCount> counts) => new(
            counts.Key, Items(counts, RetryStatus.Pending), Items(counts, RetryStatus.Processing),
            Items(counts, RetryStatus.Completed) + Items(counts, RetryStatus.Failed));

        // Not the dead letters: a person may have made them.
        private static long Items(IEnumerable<RetryCount> counts, RetryStatus status) => counts.Where(count => count.Status == status).Sum(count => count.Items);
    }

    /// <summary>What is remembered of a type.</summary>
    /// <param name="ExecutedAt">When somebody was seen to execute it; null: nobody ever was.</param>
    private sealed record Waiting(DateTimeOffset NoticedAt, DateTimeOffset? ExecutedAt, long Finished)
    {
        public static Waiting After(Waiting? before, Sum sum, DateTimeOffset now)
        {
            var isExecuted = sum.Executing > 0 || sum.Finished > (before?.Finished ?? 0);
            return new Waiting(before?.NoticedAt ?? now, isExecuted ? now : before?.ExecutedAt, sum.Finished);
        }

        public bool IsLeftAlone(DateTimeOffset now) => ExecutedAt is not { } at || now - at >= Patience;
    }
}
