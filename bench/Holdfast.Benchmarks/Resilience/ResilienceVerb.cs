using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Holdfast.Benchmarks.Resilience;

/// <summary>Runs the benchmarks of the breaker and sums them up.</summary>
internal static class ResilienceVerb
{
    private static readonly Type[] Benchmarks = [typeof(Closed), typeof(TwoThreads), typeof(Rejecting), typeof(Combined)];

    public static int Run(Arguments arguments)
    {
        var iterations = arguments.Int("iterations", 15);

        // In this process: both sides run under the same conditions, and nothing has to be built on the machine that measures.
        var job = Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(Math.Min(iterations, 6))
            .WithIterationCount(iterations);
        var config = ManualConfig.Create(DefaultConfig.Instance).AddJob(job);
        var summaries = Benchmarks.Select(type => BenchmarkRunner.Run(type, config)).ToList();
        if (summaries.Exists(summary => summary.Reports.IsEmpty || summary.Reports.Any(report => !report.Success)))
        {
            Console.Error.WriteLine("A benchmark did not run.");
            return 1;
        }

        Console.WriteLine(JsonSerializer.Serialize(Benchmarks.Zip(summaries).ToDictionary(pair => Snake(pair.First.Name), pair => Figures(pair.Second))));
        return 0;
    }

    private static Dictionary<string, object> Figures(Summary summary)
    {
        var (stock, ours) = (Report(summary, "Stock"), Report(summary, "Ours"));
        return new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["stock_ns"] = Math.Round(Median(stock), 1),
            ["ours_ns"] = Math.Round(Median(ours), 1),
            ["ratio"] = Math.Round(Median(ours) / Median(stock), 3),
            ["stock_bytes"] = Bytes(stock),
            ["ours_bytes"] = Bytes(ours),
        };
    }

    private static BenchmarkReport Report(Summary summary, string method) =>
        summary.Reports.First(report => report.BenchmarkCase.Descriptor.WorkloadMethod.Name == method);

    private static double Median(BenchmarkReport report) => report.ResultStatistics!.Median;

    private static long Bytes(BenchmarkReport report) => report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;

    private static string Snake(string name) => string.Concat(name.Select((letter, at) => char.IsUpper(letter) && at > 0 ? $"_{letter}" : $"{letter}")).ToLowerInvariant();
}
