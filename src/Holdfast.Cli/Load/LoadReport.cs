using System.Text.Json.Nodes;

namespace Holdfast.Cli.Load;

/// <summary>What came of a load. Pure.</summary>
/// <param name="Acknowledged">Events that the server has on its disk.</param>
/// <param name="Failed">Events whose request was refused or not answered.</param>
/// <param name="NotSent">Events for which there was no time: the server did not keep up.</param>
/// <param name="Elapsed">From the first request to the last answer.</param>
/// <param name="Latencies">Milliseconds until each acknowledgement, from the moment the request was due.</param>
/// <param name="Errors">Requests by what became of them: a status, <c>unreachable</c>, or <c>timeout</c>.</param>
internal sealed record LoadReport(
    long Acknowledged, long Failed, long NotSent, TimeSpan Elapsed, IReadOnlyList<double> Latencies, IReadOnlyDictionary<string, long> Errors)
{
    public double EventsPerSecond => Elapsed > TimeSpan.Zero ? Acknowledged / Elapsed.TotalSeconds : 0;

    public bool IsWhole => Failed == 0 && NotSent == 0;

    /// <summary>Milliseconds within which this share of the requests was acknowledged (nearest rank); null: there were none.</summary>
    public double? Percentile(double share)
    {
        var sorted = Latencies.Order().ToArray();
        return sorted.Length == 0 ? null : Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)], 2);
    }

    public JsonObject ToJson() => new()
    {
        ["acknowledged"] = Acknowledged,
        ["failed"] = Failed,
        ["not_sent"] = NotSent,
        ["seconds"] = Math.Round(Elapsed.TotalSeconds, 3),
        ["events_per_second"] = Math.Round(EventsPerSecond, 1),
        ["latency_ms"] = new JsonObject { ["p50"] = Percentile(0.5), ["p95"] = Percentile(0.95), ["p99"] = Percentile(0.99), ["max"] = Percentile(1) },
        ["errors"] = new JsonObject(Errors.Select(error => KeyValuePair.Create(error.Key, (JsonNode?)error.Value))),
    };
}
