using System.Collections.Concurrent;

namespace Holdfast.Rollout;

/// <summary>
/// What was measured of the variants of flags since it was last written down: reports of clients, and of the process itself. One sum for each
/// variant, so it stays small however much is reported. Thread-safe.
/// </summary>
internal sealed class FlagSampleBook
{
    private readonly ConcurrentDictionary<(string Flag, string Variant), FlagSample> _sums = new();

    /// <summary>Flag and variant have been judged: there are no more of them than flags have.</summary>
    public void Add(FlagSample sample) =>
        _sums.AddOrUpdate((sample.Flag, sample.Variant), static (_, added) => added, static (_, sum, added) => Sum(sum, added), sample);

    /// <summary>What has come since the last time.</summary>
    public IReadOnlyList<FlagSample> TakeAll()
    {
        var taken = new List<FlagSample>();
        foreach (var key in _sums.Keys)
        {
            if (_sums.TryRemove(key, out var sum))
            {
                taken.Add(sum);
            }
        }

        return taken;
    }

    private static FlagSample Sum(FlagSample sum, FlagSample added) =>
        sum with { Requests = sum.Requests + added.Requests, Errors = sum.Errors + added.Errors, Latencies = sum.Latencies + added.Latencies };
}
