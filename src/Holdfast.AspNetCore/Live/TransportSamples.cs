using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Rollout;

namespace Holdfast.AspNetCore.Live;

/// <summary>
/// What pages measure of their live source, for the guards of a rollout of <c>dashboard.transport</c>: each report is a request of the source
/// that flags want the page to be at, and has failed when the page had to go to another one or was told of a gap since the last.
/// </summary>
internal sealed class TransportSamples(FlagManager flags, NodeFlags runtime)
{
    private const string Flag = FlagNames.DashboardTransport;

    public void Take(WatcherReport before, WatcherReport report)
    {
        // Nobody asks for them without a rollout.
        if (runtime.Keeper.Find(Flag)?.Document.Rollout is not { IsOver: false } || flags.GetRule(Flag) is not { } rule || VariantOf(rule, report.Wanted ?? report.Mode) is not { } variant)
        {
            return;
        }

        double[] latencies = report.DelayMilliseconds is { } delay ? [delay] : [];
        runtime.Samples.Add(new FlagSample(Flag, variant, 1, HasFailed(before, report) ? 1 : 0, LatencyHistogram.Of(latencies)));
    }

    private static bool HasFailed(WatcherReport before, WatcherReport report) =>
        report.Wanted is { } wanted && report.Mode is { } mode && wanted != mode || report.Gaps > (before.Gaps ?? 0);

    /// <summary>Pages name sources as they are called everywhere else; the flag has a short word for one of them.</summary>
    private static string? VariantOf(FlagRule rule, string? source)
    {
        var value = source == "websocket" ? "ws" : source;
        return value is null ? null : rule.Variants.FirstOrDefault(variant => variant.Value.ValueKind == JsonValueKind.String && variant.Value.ValueEquals(value))?.Name;
    }
}
