using System.Runtime.CompilerServices;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Metrics;

/// <summary>docs/reference/metrics.md says what there is.</summary>
public sealed class MetricsReferenceTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly string[] Units = ["seconds", "bytes", "ratio"];

    [Fact]
    public async Task The_reference_lists_every_metric_with_its_type_unit_and_meaning()
    {
        var scraped = Metrics((await shared.Server.GetAsync("/metrics")).Body).Select(metric => $"| `{metric.Name}` | {metric.Type} | {metric.Unit} | {metric.Meaning} |");

        var listed = File.ReadLines(Reference()).Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        listed.Order(StringComparer.Ordinal).ShouldBe(scraped.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Name, string Type, string Unit, string Meaning)> Metrics(string text)
    {
        var lines = text.Split('\n');
        return lines.Zip(lines.Skip(1)).Where(pair => pair.First.StartsWith("# HELP ", StringComparison.Ordinal)).Select(pair =>
        {
            var (help, type) = (pair.First.Split(' ', 4), pair.Second.Split(' '));
            return (help[2], type[3], UnitOf(help[2]), help[3]);
        });
    }

    private static string UnitOf(string name) =>
        Units.FirstOrDefault(unit => name.EndsWith($"_{unit}", StringComparison.Ordinal) || name.EndsWith($"_{unit}_total", StringComparison.Ordinal)) ?? "";

    private static string Reference([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/reference/metrics.md"));
}
