using System.Globalization;
using Holdfast.Faults.Support;

[assembly: AssemblyFixture(typeof(FaultReport))]

// Servers under fire share two cores and one disk: side by side they would time each other out.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Holdfast.Faults.Support;

/// <summary>Collects what every fault did; at the end it prints its tables, and writes them with their conditions to <c>artifacts/faults.md</c>.</summary>
public sealed class FaultReport : IDisposable
{
    private readonly FaultTable _record = new(
        "fault", "runs", "acknowledged", "missing", "lost", "duplicates", "dead-lettered", "parked", "unaccounted", "first store after (ms)");

    private readonly FaultTable _retries = new(
        "fault", "runs", "committed", "calls", "completed", "dead letters", "lost", "doubled", "stale accepted", "stale refused", "taken over after (ms)", "resumed after (ms)");

    private readonly FaultTable _live = new(
        "fault", "runs", "watchers", "told", "missing", "gaps", "duplicates", "out of order", "told after (ms)");

    internal void Add(string fault, int runs, LiveVerdict verdict, IReadOnlyCollection<TimeSpan> toldAfter) => _live.Add(
        fault, Text(runs), Text(verdict.Watchers), Text(verdict.Told), Text(verdict.Missing), Text(verdict.Gaps), Text(verdict.Duplicates), Text(verdict.OutOfOrder), Times(toldAfter));

    internal void Add(string fault, int runs, Verdict verdict, IReadOnlyCollection<TimeSpan> firstStores) => _record.Add(
        fault, Text(runs), Text(verdict.Acknowledged), Text(verdict.Missing), Text(verdict.Ledger.Events.Lost), Text(verdict.Duplicates),
        Text(verdict.Ledger.Events.DeadLettered), Text(verdict.Ledger.Events.Parked), Text(verdict.Unaccounted), Times(firstStores));

    internal void Add(string fault, int runs, RetryVerdict verdict, RetryTimes times) => _retries.Add(
        fault, Text(runs), Text(verdict.Committed), Text(verdict.Calls), Text(verdict.Completed), Text(verdict.DeadLettered), Text(verdict.Lost), Text(verdict.Doubled),
        Text(verdict.StaleAccepted), times.StaleRefused is { } refused ? Text(refused) : "-", Times(times.TakenOver), Times(times.Resumed));

    public void Dispose()
    {
        FaultTable[] tables = [.. new[] { _record, _retries, _live }.Where(table => !table.IsEmpty)];
        foreach (var table in tables)
        {
            Console.WriteLine(table.ToText());
        }

        if (tables.Length > 0)
        {
            FaultPage.Write(_record, _retries, _live);
        }
    }

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // The middle one, 99 of 100 where there are as many, and the worst.
    private static string Times(IReadOnlyCollection<TimeSpan> times)
    {
        var sorted = times.Select(t => t.TotalMilliseconds).Order().ToArray();
        return sorted.Length switch
        {
            0 => "-",
            1 => $"{sorted[0]:F0}",
            < 100 => $"{sorted[sorted.Length / 2]:F0} .. {sorted[^1]:F0}",
            _ => $"{sorted[sorted.Length / 2]:F0} .. {sorted[sorted.Length * 99 / 100]:F0} .. {sorted[^1]:F0}",
        };
    }
}

/// <summary>How long it took, and what was refused meanwhile.</summary>
internal sealed record RetryTimes
{
    /// <summary>From each loss of a worker until its items were taken from it.</summary>
    public IReadOnlyCollection<TimeSpan> TakenOver { get; init; } = [];

    /// <summary>From the end of each fault until an outcome counted again.</summary>
    public IReadOnlyCollection<TimeSpan> Resumed { get; init; } = [];

    /// <summary>Outcomes that came too late, as far as servers that live know; null: all of those were killed.</summary>
    public long? StaleRefused { get; init; }
}
