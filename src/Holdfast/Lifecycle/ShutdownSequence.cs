using Microsoft.Extensions.Logging;

namespace Holdfast.Lifecycle;

/// <summary>
/// Leads the participants through the nine phases. Within a phase they run side by side, each bounded by its share and by what is left
/// of the budget; a participant that fails or hangs is logged and left behind, the sequence goes on.
/// </summary>
internal sealed class ShutdownSequence(
    IEnumerable<IShutdownParticipant> participants, LifecycleState state, Func<LifecycleOptions> options, TimeProvider time, ILogger<ShutdownSequence> logger)
    : IDisposable
{
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    private readonly IShutdownParticipant[] _participants = participants.ToArray();
    private readonly ShutdownReport _report = new();
    private CancellationTokenSource? _budget;
    private long _startedAt;

    public ShutdownReport Report => _report;

    /// <summary>Told of each phase that is over, with how long it took. Must not throw.</summary>
    public Action<ShutdownPhase, TimeSpan>? PhaseFinished { get; init; }

    /// <summary>Phases 1 to 7: everything that still needs the web server.</summary>
    public async Task LeaveAsync()
    {
        // As they are now: both may have been changed since the start.
        var asked = options();
        _startedAt = time.GetTimestamp();
        _budget = new CancellationTokenSource(asked.ShutdownBudget, time);
        logger.ShutdownStarted(asked.ShutdownBudget.TotalSeconds);
        state.MarkDraining();
        for (var phase = ShutdownPhase.Signal; phase <= ShutdownPhase.CloseSockets; phase++)
        {
            if (asked.Graceful || phase is not (ShutdownPhase.DrainInFlight or ShutdownPhase.Flush))
            {
                await RunPhaseAsync(phase);
            }
            else
            {
                logger.PhaseLeftOut((int)phase, phase);
            }
        }
    }

    /// <summary>Phases 8 and 9: close what is open and say how it went.</summary>
    public async Task FinishAsync()
    {
        // Files are closed in any case, and get time for it even when the budget is used up.
        _budget?.Dispose();
        _budget = new CancellationTokenSource(ClosingTime, time);
        await RunPhaseAsync(ShutdownPhase.ClosePools);
        await RunPhaseAsync(ShutdownPhase.FinalReport);
        logger.ShutdownFinished(
            _report.Flushed, _report.Spooled, _report.DeadLettered, _report.Dropped, time.GetElapsedTime(_startedAt).TotalSeconds, _report.Dropped == 0 ? 0 : 1);
    }

    public void Dispose() => _budget?.Dispose();

    private async Task RunPhaseAsync(ShutdownPhase phase)
    {
        var started = time.GetTimestamp();
        await Task.WhenAll(_participants.Where(p => p.Phase == phase).Select(RunParticipantAsync));
        var took = time.GetElapsedTime(started);
        logger.PhaseFinished((int)phase, phase, took.TotalMilliseconds);
        PhaseFinished?.Invoke(phase, took);
    }

    private async Task RunParticipantAsync(IShutdownParticipant participant)
    {
        using var timer = new CancellationTokenSource(participant.Share, time);
        using var share = CancellationTokenSource.CreateLinkedTokenSource(_budget!.Token, timer.Token);
        try
        {
            // On a thread of the pool, and with a wait that ends by itself: a hang costs its share, also one that never awaits anything.
            await Task.Run(() => participant.ShutdownAsync(_report, share.Token).AsTask(), CancellationToken.None).WaitAsync(share.Token);
        }
        catch (OperationCanceledException) when (share.IsCancellationRequested)
        {
            logger.ParticipantOutOfTime(participant.Name, participant.Share.TotalSeconds);
        }
        catch (Exception fault)
        {
            logger.ParticipantFailed(fault, participant.Name);
        }
    }
}
