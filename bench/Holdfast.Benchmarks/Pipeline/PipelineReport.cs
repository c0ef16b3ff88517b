using System.Text.Json;

namespace Holdfast.Benchmarks.Pipeline;

/// <summary>What is measured.</summary>
internal sealed record PipelinePlan(int Events, int Batch, int Connections, int Rate, int Bytes, int Warm, int Rounds, string? Postgres)
{
    public static PipelinePlan Of(Arguments arguments)
    {
        var postgres = arguments.Text("postgres");
        return new PipelinePlan(
            arguments.Int("events", 200_000),
            arguments.Int("batch", 500),
            arguments.Int("connections", 4),
            arguments.Int("rate", 0),
            arguments.Int("bytes", 200),
            arguments.Int("warm", 200_000),
            arguments.Int("rounds", postgres is null ? 1 : 3),
            postgres);
    }
}

/// <summary>What one round gave.</summary>
internal sealed record PipelineRound(
    IReadOnlyList<double> AckMilliseconds, double AcknowledgedPerSecond, double EventsPerSecond, TimeSpan Cpu, double? CopyRowsPerSecond);

/// <summary>Tells each round in words, and the medians as one JSON object in the last line.</summary>
internal static class PipelineReport
{
    public static void Print(PipelinePlan plan, IReadOnlyList<PipelineRound> rounds, long residentPeak)
    {
        foreach (var round in rounds)
        {
            var copied = round.CopyRowsPerSecond is { } rows ? $", COPY {rows:F0} rows/s" : "";
            Console.WriteLine(
                $"{plan.Events} events in batches of {plan.Batch} over {plan.Connections} connections: acknowledged {round.AcknowledgedPerSecond:F0}/s, stored {round.EventsPerSecond:F0}/s{copied}.");
        }

        Console.WriteLine(JsonSerializer.Serialize(Figures(plan, rounds, residentPeak)));
    }

    private static Dictionary<string, object> Figures(PipelinePlan plan, IReadOnlyList<PipelineRound> rounds, long residentPeak)
    {
        var acks = rounds.SelectMany(round => round.AckMilliseconds).Order().ToArray();
        var eventsPerSecond = Median(rounds.Select(round => round.EventsPerSecond));
        var figures = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["events_per_s"] = Math.Round(eventsPerSecond),
            ["ack_p50_ms"] = Percentile(acks, 0.50),
            ["ack_p99_ms"] = Percentile(acks, 0.99),
            ["rss_mb"] = Math.Round(residentPeak / 1048576.0, 1),
            ["cpu_s_per_million"] = Math.Round(Median(rounds.Select(round => round.Cpu.TotalSeconds)) * 1_000_000 / plan.Events, 2),
            ["store"] = plan.Postgres is null ? "sqlite" : "postgres",
            ["acknowledged_per_s"] = Math.Round(Median(rounds.Select(round => round.AcknowledgedPerSecond))),
            ["rate"] = plan.Rate,
            ["batch"] = plan.Batch,
            ["connections"] = plan.Connections,
            ["rounds"] = plan.Rounds,
            ["processors"] = Environment.ProcessorCount,
        };
        if (plan.Postgres is not null)
        {
            var copied = Median(rounds.Select(round => round.CopyRowsPerSecond ?? 0));
            figures["copy_rows_per_s"] = Math.Round(copied);
            figures["ratio"] = Math.Round(eventsPerSecond / copied, 2);
        }

        return figures;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Percentile(double[] sorted, double fraction) =>
        sorted.Length == 0 ? 0 : Math.Round(sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(fraction * sorted.Length) - 1)], 2);
}
