using Holdfast.Lifecycle;

namespace Holdfast.Sources;

/// <summary>Has the sources recorded once a tick. It goes quiet as soon as the process takes no work, and ends with the other loops.</summary>
internal sealed class SourcesWorker(
    SourceRecorder recorder, LifecycleState lifecycle, Func<SourcesOptions> options, TimeProvider time) : ILoop
{
    public string Name => "sources";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options().Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            Follow(timer, options().Interval);
            await TickAsync(cancellationToken);
        }
    }

    private async ValueTask TickAsync(CancellationToken cancellationToken)
    {
        // Entered before it is asked, so that a shutdown that begins now waits for this tick.
        using var inFlight = lifecycle.Enter();
        if (lifecycle.Accepting)
        {
            await recorder.RecordAsync(time.GetUtcNow(), cancellationToken);
        }
    }

    private static void Follow(PeriodicTimer timer, TimeSpan interval)
    {
        // Setting the period starts it anew: done each time, ticks would drift by the time that recording takes.
        if (timer.Period != interval)
        {
            timer.Period = interval;
        }
    }
}
