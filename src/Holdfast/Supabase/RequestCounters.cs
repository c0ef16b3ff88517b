using System.Diagnostics.Metrics;

namespace Holdfast.Supabase;

/// <summary>Requests by what they came to. Safe for concurrent use.</summary>
internal sealed class RequestCounters
{
    private long _accepted;
    private long _throttled;
    private long _refused;
    private long _failed;

    public void Note(ProjectAnswer answer) => Interlocked.Increment(ref Counter(answer));

    public void NoteFailed() => Interlocked.Increment(ref _failed);

    public IEnumerable<Measurement<long>> Read() =>
    [
        Of(ref _accepted, "accepted"),
        Of(ref _throttled, "throttled"),
        Of(ref _refused, "refused"),
        Of(ref _failed, "failed"),
    ];

    private ref long Counter(ProjectAnswer answer)
    {
        if (answer.IsAccepted)
        {
            return ref _accepted;
        }

        if (answer.IsThrottled)
        {
            return ref _throttled;
        }

        return ref _refused;
    }

    private static Measurement<long> Of(ref long count, string outcome) => new(Interlocked.Read(ref count), new KeyValuePair<string, object?>("outcome", outcome));
}
