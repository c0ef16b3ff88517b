using System.Text;

namespace Holdfast.Faults.Support;

/// <summary>What a kind of fault did, a row for each. Rows may be added from everywhere.</summary>
/// <param name="head">The columns; the first is the name of the fault.</param>
internal sealed class FaultTable(params string[] head)
{
    private readonly Lock _gate = new();
    private readonly List<string[]> _rows = [];

    public bool IsEmpty => _rows.Count == 0;

    public void Add(params string[] row)
    {
        row.Length.ShouldBe(head.Length);
        lock (_gate)
        {
            _rows.Add(row);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(" | ", row));
    }

    public string ToText()
    {
        string[][] all = [head, .. _rows];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder().AppendLine();
        foreach (var row in all)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }

        return text.ToString();
    }

    public void AppendTo(StringBuilder page)
    {
        AppendRow(page, head);
        AppendRow(page, [.. head.Select((_, column) => column == 0 ? "---" : "---:")]);

        // Tests come in any order; two pages are to be compared.
        foreach (var row in _rows.OrderBy(row => row[0], StringComparer.Ordinal))
        {
            AppendRow(page, row);
        }
    }

    private static void AppendRow(StringBuilder page, string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
