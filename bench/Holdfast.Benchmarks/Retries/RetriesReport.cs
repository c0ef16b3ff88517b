using System.Globalization;
using System.Text.Json;

namespace Holdfast.Benchmarks.Retries;

/// <summary>Tells medians and spreads in a table, and as one JSON object in the last line.</summary>
internal static class RetriesReport
{
    public static void Print(RetriesPlan plan, IReadOnlyList<RetriesRound> rounds, SteadyRun steady)
    {
        Console.WriteLine($"{plan.Items} items of {plan.Payload} bytes, {plan.Rounds} rounds: medians a second (lowest to highest).");
        Console.WriteLine("| queue | executed and recorded | handed in, 1,000 a call | one by one, 8 producers |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        PrintLine("bare loop", Over(rounds, round => round.BarePerSecond), null, [steady.BareSinglePerSecond]);
        PrintLine("holdfast", Over(rounds, round => round.Ours.DrainedPerSecond), Over(rounds, round => round.Ours.EnqueuedPerSecond), [steady.SinglePerSecond]);
        foreach (var peer in plan.Peers)
        {
            PrintLine(
                peer.Name,
                Over(rounds, round => round.Peers[peer.Name].DrainedPerSecond),
                Over(rounds, round => round.Peers[peer.Name].EnqueuedPerSecond),
                Over(rounds, round => round.Peers[peer.Name].SinglePerSecond ?? 0));
        }

        Console.WriteLine(JsonSerializer.Serialize(Figures(plan, rounds, steady)));
    }

    private static Dictionary<string, object> Figures(RetriesPlan plan, IReadOnlyList<RetriesRound> rounds, SteadyRun steady)
    {
        var (enqueued, processed) = (Over(rounds, round => round.Ours.EnqueuedPerSecond), Over(rounds, round => round.Ours.DrainedPerSecond));
        var figures = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["enqueue_per_s"] = Math.Round(Median(enqueued)),
            ["enqueue_spread"] = Spread(enqueued),
            ["enqueue_single_per_s"] = Math.Round(steady.SinglePerSecond),
            ["bare_single_per_s"] = Math.Round(steady.BareSinglePerSecond),
            ["process_per_s"] = Math.Round(Median(processed)),
            ["process_spread"] = Spread(processed),
            ["bare_loop_per_s"] = Math.Round(Median(Over(rounds, round => round.BarePerSecond))),
            ["ratio"] = Ratio(rounds, round => round.Ours.DrainedPerSecond / round.BarePerSecond),
            ["start_p99_ms_at_200"] = Math.Round(steady.StartP99Milliseconds, 1),
            ["wal_bytes_per_item"] = Math.Round(Median(Over(rounds, round => round.Cost.WalBytesPerItem))),
            ["statements_per_item"] = Math.Round(Median(Over(rounds, round => round.Cost.StatementsPerItem)), 4),
            ["items"] = plan.Items,
            ["payload"] = plan.Payload,
            ["workers"] = plan.Workers,
            ["rounds"] = plan.Rounds,
            ["processors"] = Environment.ProcessorCount,
        };
        foreach (var peer in plan.Peers)
        {
            AddPeer(figures, peer.Name, rounds);
        }

        return figures;
    }

    /// <summary>The ratios are those of each round, so that what slowed one round down slowed both sides of it.</summary>
    private static void AddPeer(Dictionary<string, object> figures, string peer, IReadOnlyList<RetriesRound> rounds)
    {
        var name = peer.Replace('-', '_');
        var (enqueued, processed) = (Over(rounds, round => round.Peers[peer].EnqueuedPerSecond), Over(rounds, round => round.Peers[peer].DrainedPerSecond));
        figures[$"{name}_enqueue_per_s"] = Math.Round(Median(enqueued));
        figures[$"{name}_enqueue_spread"] = Spread(enqueued);
        figures[$"{name}_enqueue_single_per_s"] = Math.Round(Median(Over(rounds, round => round.Peers[peer].SinglePerSecond ?? 0)));
        figures[$"{name}_process_per_s"] = Math.Round(Median(processed));
        figures[$"{name}_process_spread"] = Spread(processed);
        figures[$"ratio_to_{name}"] = Ratio(rounds, round => round.Ours.DrainedPerSecond / round.Peers[peer].DrainedPerSecond);
        figures[$"enqueue_ratio_to_{name}"] = Ratio(rounds, round => round.Ours.EnqueuedPerSecond / round.Peers[peer].EnqueuedPerSecond);
    }

    private static void PrintLine(string queue, double[] drained, double[]? enqueued, double[]? single) =>
        Console.WriteLine($"| {queue} | {Cell(drained)} | {Cell(enqueued)} | {Cell(single)} |");

    private static string Cell(double[]? values) => values switch
    {
        null => "",
        [var only] => Text(only),
        _ => $"{Text(Median(values))} ({Text(values.Min())} to {Text(values.Max())})",
    };

    private static double Ratio(IReadOnlyList<RetriesRound> rounds, Func<RetriesRound, double> ratio) => Math.Round(Median(Over(rounds, ratio)), 2);

    private static double[] Over(IReadOnlyList<RetriesRound> rounds, Func<RetriesRound, double> figure) => [.. rounds.Select(figure)];

    private static string Spread(double[] values) => $"{Math.Round(values.Min())}..{Math.Round(values.Max())}";

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
