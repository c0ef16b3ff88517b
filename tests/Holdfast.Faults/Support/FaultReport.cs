using System.Globalization;
using System.Text;
using Holdfast.Faults.Support;

[assembly: AssemblyFixture(typeof(FaultReport))]

// Servers under fire share two cores and one disk: side by side they would time each other out.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Holdfast.Faults.Support;

/// <summary>Collects what every fault did; at the end it prints one table, and writes it with its conditions to <c>artifacts/faults.md</c>.</summary>
public sealed class FaultReport : IDisposable
{
    private readonly List<string[]> _rows = [["fault", "runs", "acknowledged", "missing", "lost", "duplicates", "dead-lettered", "parked", "unaccounted", "first store after (ms)"]];

    internal void Add(string fault, int runs, Verdict verdict, IReadOnlyCollection<TimeSpan> firstStores)
    {
        string[] row =
        [
            fault, Text(runs), Text(verdict.Acknowledged), Text(verdict.Missing), Text(verdict.Ledger.Events.Lost), Text(verdict.Duplicates),
            Text(verdict.Ledger.Events.DeadLettered), Text(verdict.Ledger.Events.Parked), Text(verdict.Unaccounted), Times(firstStores),
        ];
        _rows.Add(row);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(" | ", row));
    }

    public void Dispose()
    {
        if (_rows.Count == 1)
        {
            return;
        }

        Print();
        FaultPage.Write(_rows);
    }

    private void Print()
    {
        var widths = Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var table = new StringBuilder().AppendLine();
        foreach (var row in _rows)
        {
            table.AppendLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }

        Console.WriteLine(table);
    }

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // The middle one and the worst.
    private static string Times(IReadOnlyCollection<TimeSpan> times)
    {
        var sorted = times.Select(t => t.TotalMilliseconds).Order().ToArray();
        return sorted.Length switch
        {
            0 => "-",
            1 => $"{sorted[0]:F0}",
            _ => $"{sorted[sorted.Length / 2]:F0} .. {sorted[^1]:F0}",
        };
    }
}
