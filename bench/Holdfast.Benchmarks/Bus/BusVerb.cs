using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Holdfast.Benchmarks.Bus;

/// <summary>Runs the benchmarks of the event bus beside a bare channel and MassTransit, and sums them up.</summary>
internal static class BusVerb
{
    public static int Run(Arguments arguments)
    {
        var iterations = arguments.Int("iterations", 15);

        // In this process: all run under the same conditions, and nothing has to be built on the machine that measures.
        var job = Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(Math.Min(iterations, 6))
            .WithIterationCount(iterations);
        var config = ManualConfig.Create(DefaultConfig.Instance).AddJob(job);
        Type[] benchmarks = [typeof(Exact), typeof(TwentyPatterns), typeof(MassTransitInMemory)];
        var reports = benchmarks.SelectMany(type => BenchmarkRunner.Run(type, config).Reports).ToDictionary(NameOf, StringComparer.Ordinal);
        if (reports.Count != 5 || reports.Values.Any(report => !report.Success))
        {
            Console.Error.WriteLine("A benchmark did not run.");
            return 1;
        }

        Console.WriteLine(JsonSerializer.Serialize(Figures(reports)));
        return 0;
    }

    private static Dictionary<string, object> Figures(Dictionary<string, BenchmarkReport> reports)
    {
        var (exact, channel, bare) = (reports["Exact.Bus"], reports["Exact.Channel"], reports["Exact.BareChannel"]);
        var (patterns, massTransit) = (reports["TwentyPatterns.Bus"], reports["MassTransitInMemory.Publish"]);
        return new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["exact_per_s"] = PerSecond(exact),
            ["patterns_per_s"] = PerSecond(patterns),
            ["channel_per_s"] = PerSecond(channel),
            ["bare_channel_per_s"] = PerSecond(bare),
            ["masstransit_per_s"] = PerSecond(massTransit),
            ["ratio_to_channel"] = Math.Round(Median(exact) / Median(channel), 2),
            ["ratio_to_bare_channel"] = Math.Round(Median(exact) / Median(bare), 2),
            ["times_masstransit"] = Math.Round(Median(massTransit) / Median(exact), 1),
            ["bytes_per_publish"] = exact.GcStats.GetBytesAllocatedPerOperation(exact.BenchmarkCase) ?? 0,
        };
    }

    private static string NameOf(BenchmarkReport report) =>
        $"{report.BenchmarkCase.Descriptor.Type.Name}.{report.BenchmarkCase.Descriptor.WorkloadMethod.Name}";

    private static long PerSecond(BenchmarkReport report) => (long)(1e9 / Median(report));

    private static double Median(BenchmarkReport report) => report.ResultStatistics!.Median;
}
