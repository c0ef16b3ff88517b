using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Flags;
using Holdfast.Sqlite.Spool;
using Microsoft.Data.Sqlite;

namespace Holdfast.Server;

/// <summary>
/// <c>spool verify [--json]</c> and <c>spool dump</c>: look into the spool of <c>HOLDFAST_DATA</c> without a server and without changing
/// it. Exit codes: 0 sound, 1 not sound or not readable, 78 wrong words.
/// </summary>
internal static class SpoolCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static async Task<int> RunAsync(IReadOnlyList<string> words, FlagManager flags, TextWriter output, TextWriter errors)
    {
        var directory = flags.GetString(FlagNames.Data);
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };

        try
        {
            return words switch
            {
                ["verify"] => await VerifyAsync(directory, asJson: false, output, stop.Token),
                ["verify", "--json"] => await VerifyAsync(directory, asJson: true, output, stop.Token),
                ["dump"] => await DumpAsync(directory, output, stop.Token),
                _ => await UsageAsync(errors),
            };
        }
        catch (SqliteException fault)
        {
            await errors.WriteLineAsync($"The spool in '{directory}' cannot be read ({fault.Message.TrimEnd('.')}). HOLDFAST_DATA names the directory.");
            return ExitCodes.Fault;
        }
    }

    private static async Task<int> VerifyAsync(string directory, bool asJson, TextWriter output, CancellationToken cancellationToken)
    {
        var report = SpoolInspector.Verify(directory, cancellationToken);
        await output.WriteLineAsync(asJson ? JsonSerializer.Serialize(report, Json) : Words(report));
        return report.IsSound ? ExitCodes.Clean : ExitCodes.Fault;
    }

    private static async Task<int> DumpAsync(string directory, TextWriter output, CancellationToken cancellationToken)
    {
        foreach (var row in SpoolInspector.Dump(directory, cancellationToken))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(row, Json).AsMemory(), cancellationToken);
        }

        return ExitCodes.Clean;
    }

    private static string Words(SpoolReport report)
    {
        List<string> lines =
        [
            $"Spool {report.SpoolId} in {report.Directory}: {(report.IsSound ? "sound" : "NOT sound")}.",
            $"Waiting: {report.WaitingBatches} batches with {report.Waiting.Events} events and {report.Waiting.Samples} samples; parked: {report.Parked.Total} rows.",
            $"Last batch {report.LastBatchSeq}, last sequence {report.LastSequence}, mark {report.Mark?.LastBatchSeq.ToString() ?? "missing"}.",
            .. report.Problems.Select(problem => $"Problem: {problem}"),
            .. report.DamagedBatches.Select(batch => $"Damaged: batch {batch} does not fit its checksum; a server sets it aside and counts it as lost."),
            .. report.Unreported.Select(loss => $"Lost, not reported to a store yet: batches {loss.FirstBatchSeq} to {loss.LastBatchSeq} ({loss.Reason})."),
        ];
        if (report.BehindMark > 0)
        {
            lines.Add($"The file lacks its last {report.BehindMark} batches; the next start reports them as lost.");
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static async Task<int> UsageAsync(TextWriter errors)
    {
        await errors.WriteLineAsync("Usage: spool verify [--json] | spool dump. HOLDFAST_DATA names the directory.");
        return ExitCodes.Configuration;
    }
}
