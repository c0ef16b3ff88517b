using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Faults.Support;

/// <summary>The report of a run as a page: the table, and under which conditions it came about. That of a long run is kept in docs/production.</summary>
internal static class FaultPage
{
    private const string Explanation =
        """
        Each row is a fault done to a real server in a process of its own, under load where the fault is one of a moment. A producer notes what
        it was answered about every event. Afterwards a judge reads back everything that is stored, over the API and, in PostgreSQL, past it,
        and holds it against the answers and the ledger.

        - **missing**: acknowledged, and not stored. Only where the fault itself destroys files may it be more than 0.
        - **lost**: what the ledger says of that. Rows of a store that was deleted as a whole are missing and not lost: its ledger went with it.
        - **duplicates**: stored more than once.
        - **unaccounted**: what neither the store nor the ledger explains.
        - **first store after**: from the end of the fault to the first new event in the store; with several runs the middle one and the longest.
          In PostgreSQL with a circuit breaker that opens for 1 s; as it ships it opens for 60 s, and a long outage costs up to that much more.
        """;

    public static void Write(IReadOnlyList<string[]> rows)
    {
        var path = Path.Combine(Root(), "artifacts", "faults.md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, Text(rows));
    }

    private static string Text(IReadOnlyList<string[]> rows)
    {
        var page = new StringBuilder("# Faults\n\n").Append(Explanation.ReplaceLineEndings("\n")).Append("\n\n");
        foreach (var (name, value) in Conditions())
        {
            page.Append($"- {name}: {value}\n");
        }

        page.Append('\n');
        AppendRow(page, rows[0]);
        AppendRow(page, [.. rows[0].Select((_, column) => column == 0 ? "---" : "---:")]);

        // Tests come in any order; two pages are to be compared.
        foreach (var row in rows.Skip(1).OrderBy(row => row[0], StringComparer.Ordinal))
        {
            AppendRow(page, row);
        }

        return page.ToString();
    }

    private static void AppendRow(StringBuilder page, string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static IEnumerable<(string Name, string Value)> Conditions()
    {
        yield return ("form", Scale.IsLong ? "long" : "short");
        yield return ("date", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return ("commit", Said("git", "-C", Root(), "describe", "--always", "--dirty"));
        yield return ("machine", $"{Environment.ProcessorCount} x {Processor()}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {RuntimeInformation.OSDescription}");
        yield return ("runtime", RuntimeInformation.FrameworkDescription);
        yield return ("PostgreSQL", Said(Path.Combine(PostgresBinaries.Oldest, "postgres"), "--version"));
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "processor";

    private static string Said(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
            var said = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? said : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "not there";
        }
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../.."));
}
