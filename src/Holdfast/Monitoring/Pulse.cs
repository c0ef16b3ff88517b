using Holdfast.Lifecycle;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>
/// What watchers get by the clock: changed values four times a second, and once a second a sign of life with the overview's values and a
/// fresh sample of the ledger. Does next to nothing while nobody watches.
/// </summary>
internal sealed class Pulse(Broadcaster broadcaster, Overview overview, Rates rates, Flusher flusher, TimeProvider time) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private const int TicksPerBeat = 4;

    private int _seriesTold;

    // Asked for and not waited for: a store that hangs must not stop the signs of life.
    private Task _sample = Task.CompletedTask;

    public string Name => "pulse";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        for (var tick = 1; await timer.WaitForNextTickAsync(cancellationToken); tick++)
        {
            var watched = broadcaster.Watched;
            Tick(watched);
            if (tick % TicksPerBeat == 0)
            {
                Beat(watched, cancellationToken);
            }
        }
    }

    private void Tick(bool watched)
    {
        var changes = broadcaster.Series.TakeChanges();
        if (!watched || changes.Values.Count == 0)
        {
            return;
        }

        var fresh = broadcaster.Series.Entries(_seriesTold);
        if (fresh.Count > 0)
        {
            _seriesTold += fresh.Count;
            broadcaster.Tell(new ControlUpdate(LiveFrames.Series(fresh), OfOverview: true));
        }

        // A reading belongs to the instant at which it was measured, not to the quarter of a second at which it is told.
        broadcaster.Tell(new TickUpdate(
            LiveFrames.Tick(changes), new Lazy<byte[]>(() => LiveFrames.Tick(broadcaster.Series.Latest()))));
    }

    private void Beat(bool watched, CancellationToken cancellationToken)
    {
        rates.Measure();
        if (!watched)
        {
            return;
        }

        if (_sample.IsCompleted)
        {
            _sample = flusher.SampleAsync(cancellationToken);
        }

        broadcaster.Tell(new PulseUpdate(
            LiveFrames.Put("overview", broadcaster.Cursor, overview.Values()),
            LiveFrames.KeepAlive(time.GetUtcNow())));
    }
}
