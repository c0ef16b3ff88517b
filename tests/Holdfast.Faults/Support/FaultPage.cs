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

    private const string OfRetries =
        """
        ## The queue of retries

        Servers share a queue in PostgreSQL and call a web server, which remembers who called under which token. Everything that was committed
        must end once: the judge reads every line of history past the servers, and holds it against what was promised and what was called.

        - **calls**: more than items where a worker did not live to say that it was done. An operation has each item called a second time.
        - **dead letters**: what three workers were lost over, and now waits for a person.
        - **lost**: committed, and nowhere. **doubled**: in two places, or ended twice.
        - **stale accepted**: outcomes that counted under a token that was not the item's highest, or under which nothing was called.
        - **stale refused**: outcomes that came after the lease, as far as servers that lived on know.
        - **taken over after**: from the loss of a worker until its last item was taken from it; its lease is 12 s. The middle one and the longest.
        - **resumed after**: from the end of the fault until an outcome counted again.
        """;

    private const string OfLive =
        """
        ## Those who watch

        Watchers of `/live` note every event under its epoch and number. What was acknowledged must have been told to each of them, once and in the
        order of its epoch.

        - **told**: to all watchers together. **missing**: acknowledged, and not told to one of them.
        - **gaps**: numbers that a watcher was told are missing. **duplicates**: told twice to one watcher, by epoch and number.
        - **told after**: from the acknowledgement by the one node to the frame at a watcher of the other, or from the end of the fault until the
          last watcher was live again. The middle one, 99 of 100, and the longest.
        """;

    public static void Write(FaultTable record, FaultTable retries, FaultTable live)
    {
        var path = Path.Combine(Root(), "artifacts", "faults.md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, Text(record, retries, live));
    }

    private static string Text(FaultTable record, FaultTable retries, FaultTable live)
    {
        var page = new StringBuilder("# Faults\n\n").Append(Explanation.ReplaceLineEndings("\n")).Append("\n\n");
        foreach (var (name, value) in Conditions())
        {
            page.Append($"- {name}: {value}\n");
        }

        page.Append('\n');
        record.AppendTo(page);
        page.Append('\n').Append(OfRetries.ReplaceLineEndings("\n")).Append("\n\n");
        retries.AppendTo(page);
        page.Append('\n').Append(OfLive.ReplaceLineEndings("\n")).Append("\n\n");
        live.AppendTo(page);
        return page.ToString();
    }

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
