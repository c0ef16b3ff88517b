using System.Diagnostics.Metrics;
using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

public sealed class RetryMetricsTests : IDisposable
{
    private readonly Dictionary<string, double> _seen = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    [Fact]
    public async Task What_happens_is_counted()
    {
        var handler = new TrialHandler((context, _) => Task.FromResult(context.Target switch
        {
            "fails" => RetryOutcome.Retry("no", TimeSpan.Zero),
            "refused" => RetryOutcome.Fail("no"),
            _ => RetryOutcome.Done,
        }));
        await using var rig = new RetryRig(handler);
        Listen(rig);
        rig.Start();

        var exhausted = await rig.EnqueueAsync(new RetryDraft { OperationType = TrialHandler.Type, Target = "fails", MaxRetries = 2 });
        await rig.EnqueueAsync(target: "refused");
        await rig.EnqueueAsync(target: "works");
        await rig.PassUntilAsync(exhausted, RetryStatus.DeadLetter);
        await RetryRig.UntilAsync(() => Read("holdfast.retry.succeeded") == 1 && Read("holdfast.retry.failed") == 3, "what was recorded is counted");

        // One count may have looked before the last of them was recorded; the next one is ten seconds later.
        await rig.PassUntilAsync(
            () => Read("holdfast.retry.queue.size status=dead_letter") == 1 && Read("holdfast.retry.queue.size status=completed") == 1 && Read("holdfast.retry.oldest_age") == 0,
            "the states are counted");

        Read("holdfast.retry.scheduled").ShouldBe(3);
        Read("holdfast.retry.started").ShouldBe(4);
        Read("holdfast.retry.exhausted").ShouldBe(1);
        _seen.Keys.ShouldContain("holdfast.retry.duration operation_type=trial outcome=succeeded");
        _seen.Keys.ShouldContain("holdfast.retry.duration operation_type=trial outcome=not_retryable");
    }

    [Fact]
    public async Task What_is_rescued_and_what_comes_too_late_is_counted()
    {
        var mayEnd = new TaskCompletionSource<RetryOutcome>();
        await using var rig = new RetryRig(new TrialHandler((_, _) => mayEnd.Task));
        Listen(rig);
        var id = await rig.EnqueueAsync();
        var dead = Guid.CreateVersion7(rig.Clock.GetUtcNow());
        await rig.Store.RenewAsync(dead, "there", TimeSpan.FromSeconds(1), CancellationToken.None);
        await rig.Store.ClaimAsync(new ClaimOrder(dead, 1), CancellationToken.None);
        rig.Clock.Advance(TimeSpan.FromSeconds(2));

        rig.Start();
        await rig.PassUntilAsync(() => rig.StatusOf(id) == RetryStatus.Processing && Read("holdfast.retry.started") == 1, "it is begun here");
        await rig.Store.CancelAsync(id, CancellationToken.None);
        mayEnd.SetResult(RetryOutcome.Done);
        await RetryRig.UntilAsync(() => Read("holdfast.retry.stale_ack_rejected") == 1, "the outcome is refused");

        Read("holdfast.retry.rescued").ShouldBe(1);
        Read("holdfast.retry.succeeded").ShouldBe(0);
    }

    [Fact]
    public async Task While_all_workers_are_busy_the_age_of_what_waits_grows()
    {
        var mayEnd = new TaskCompletionSource<RetryOutcome>();
        await using var rig = new RetryRig(new TrialHandler((_, _) => mayEnd.Task));
        Listen(rig);
        rig.Options = rig.Options with { BatchSize = 3 };
        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type, Timeout = TimeSpan.FromHours(1) }, 5)]);
        rig.Clock.Advance(TimeSpan.FromSeconds(30));

        rig.Start();
        await RetryRig.UntilAsync(() => Read("holdfast.retry.started") == 3, "three are begun");
        await RetryRig.UntilAsync(() => Read("holdfast.retry.oldest_age") == 30, "the one that waits is as old as it is");
        await rig.PassAsync(TimeSpan.FromSeconds(20));

        await RetryRig.UntilAsync(() => Read("holdfast.retry.oldest_age") == 50, "it has grown older");
    }

    public void Dispose() => _listener.Dispose();

    private void Listen(RetryRig rig)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, rig))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Prepend(instrument.Name));
        lock (_seen)
        {
            _seen[name] = instrument.IsObservable ? value : _seen.GetValueOrDefault(name) + value;
        }
    }

    private double Read(string name)
    {
        _listener.RecordObservableInstruments();
        lock (_seen)
        {
            return _seen.GetValueOrDefault(name);
        }
    }
}
