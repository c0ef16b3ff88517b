using System.Diagnostics.Metrics;

namespace Holdfast.Retries;

/// <summary>What the queue does, as metrics.</summary>
internal sealed class RetryMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Retries";

    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Counter<long> _scheduled;
    private readonly Counter<long> _spooled;
    private readonly Counter<long> _started;
    private readonly Counter<long> _succeeded;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _exhausted;
    private readonly Counter<long> _stale;
    private readonly Counter<long> _rescued;
    private readonly Histogram<double> _duration;
    private volatile OldestSeen _oldest = new(TimeSpan.Zero, null);

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public RetryMetrics(object scope, TimeProvider time)
    {
        _time = time;
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _scheduled = Counter("scheduled", "{item}", "Items that were taken into the queue.");
        _spooled = Counter("spooled", "{item}", "Items that were kept in the spool while the database was away.");
        _started = Counter("started", "{attempt}", "Attempts that began.");
        _succeeded = Counter("succeeded", "{item}", "Items that were done.");
        _failed = Counter("failed", "{attempt}", "Attempts that failed.");
        _exhausted = Counter("exhausted", "{item}", "Items that used up their attempts.");
        _stale = Counter("stale_ack_rejected", "{attempt}", "Outcomes that came after the item was no longer the worker's, and changed nothing.");
        _rescued = Counter("rescued", "{item}", "Items taken from processes that disappeared.");
        _duration = _meter.CreateHistogram<double>("holdfast.retry.duration", "s", "Durations of attempts, by operation type and outcome.");
        _meter.CreateObservableGauge("holdfast.retry.queue.size", Sizes, "{item}", "Items there are, by state, as last counted.");
        _meter.CreateObservableGauge("holdfast.retry.oldest_age", () => OldestAge.TotalSeconds, "s", "How long the item that was due first has been waiting, as far as this process sees it; 0 when nothing that is due waits.");
    }

    /// <summary>The running sums, as last read.</summary>
    public IReadOnlyList<RetryCount> Counts { get; set; } = [];

    /// <summary>How long the item that was due first has been waiting, as far as this process sees it; zero when nothing that is due waits.</summary>
    public TimeSpan OldestAge => _oldest is { Since: { } since, Age: var age } ? age + _time.GetElapsedTime(since) : TimeSpan.Zero;

    public void Scheduled(int items) => _scheduled.Add(items);

    public void Spooled(int items) => _spooled.Add(items);

    public void Started() => _started.Add(1);

    public void Stale(int outcomes) => _stale.Add(outcomes);

    public void Rescued(RescueResult step) => _rescued.Add(step.Rescued + step.DeadLettered);

    /// <summary>An attempt has ended. Its type has a handler, so there are few.</summary>
    /// <param name="kind">What is recorded of it; null when nothing is.</param>
    public void Attempted(string operationType, AckKind? kind, TimeSpan took) =>
        _duration.Record(took.TotalSeconds, new("operation_type", operationType), new("outcome", OutcomeOf(kind)));

    /// <summary>An outcome is recorded.</summary>
    public void Settled(AckKind kind, RetryStatus after)
    {
        if (kind == AckKind.Completed)
        {
            _succeeded.Add(1);
        }
        else if (kind is AckKind.Retry or AckKind.GiveUp or AckKind.Failed)
        {
            _failed.Add(1);
        }

        if (kind == AckKind.Retry && after == RetryStatus.DeadLetter)
        {
            _exhausted.Add(1);
        }
    }

    /// <summary>
    /// Items were handed out, in the order of the queue. Both instants are the store's: no clock of ours is compared with it. When there
    /// were as many as asked for, more may wait, and their age grows until they are asked for.
    /// </summary>
    public void Claimed(RetryClaim claim, bool full)
    {
        var waited = claim.Items.Where(item => item.Holder is not null).Select(item => item.Holder!.ClaimedAt - item.RunAfter).DefaultIfEmpty().Max();
        _oldest = full && waited > TimeSpan.Zero ? new OldestSeen(waited, _time.GetTimestamp()) : new OldestSeen(TimeSpan.Zero, null);
    }

    public void Dispose() => _meter.Dispose();

    private Counter<long> Counter(string name, string unit, string description) => _meter.CreateCounter<long>($"holdfast.retry.{name}", unit, description);

    private IEnumerable<Measurement<long>> Sizes() => Counts
        .GroupBy(count => count.Status)
        .Select(status => new Measurement<long>(status.Sum(count => count.Items), new KeyValuePair<string, object?>("status", RetryJson.NameOf(status.Key))));

    private static string OutcomeOf(AckKind? kind) => kind switch
    {
        AckKind.Completed => "succeeded",
        AckKind.Retry => "failed",
        AckKind.GiveUp => "given_up",
        AckKind.Failed => "not_retryable",
        AckKind.Snooze => "snoozed",
        _ => "interrupted",
    };

    /// <param name="Age">At that moment.</param>
    /// <param name="Since">Its timestamp; null: nothing waits.</param>
    private sealed record OldestSeen(TimeSpan Age, long? Since);
}
