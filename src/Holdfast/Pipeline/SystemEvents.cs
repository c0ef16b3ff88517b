using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Records what happens to the server itself: moves of circuits, a store that is lost, a spool that fills. Events go into the spool, which
/// stands behind no breaker, so they are recorded while the database is away and cause nothing of their kind.
/// </summary>
internal sealed class SystemEvents(IEventIntake intake, TimeProvider time, ILogger<SystemEvents> logger) : ILoop, IShutdownParticipant
{
    /// <summary>Where the events say they come from.</summary>
    public const string Source = "holdfast";

    /// <summary>Events that wait for the spool. There are a few in a minute at the most; further ones are logged and given up.</summary>
    private const int WaitingMax = 1_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(WaitingMax);

    public string Name => "system events";

    public ShutdownPhase Phase => ShutdownPhase.DrainInFlight;

    public TimeSpan Share => TimeSpan.FromSeconds(2);

    /// <summary>Takes an event to be recorded. Never waits.</summary>
    public void Note(MonitoringEvent happened)
    {
        // The id is given here, so that one that is recorded twice is stored once.
        var complete = happened with { Source = Source, EventId = happened.EventId ?? Guid.CreateVersion7(time.GetUtcNow()), Timestamp = happened.Timestamp ?? time.GetUtcNow() };
        if (!_waiting.Writer.TryWrite(new Waiting(complete, null)))
        {
            logger.SystemEventLost(happened.EventType, "Too many of them wait for the spool.");
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            {
                await RecordWaitingAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The spool is still open: what happened on the way out is recorded too.
            await RecordLastAsync();
        }
    }

    /// <summary>Has what was noted recorded before the flusher empties the spool: otherwise each clean stop would leave something in it.</summary>
    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_waiting.Writer.TryWrite(new Waiting(null, mark)))
        {
            await mark.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task RecordWaitingAsync(CancellationToken cancellationToken)
    {
        // Looked at, recorded, and only then taken away: a wait for the spool that is broken off loses nothing.
        while (_waiting.Reader.TryPeek(out var next))
        {
            while (!await TryRecordAsync(next, cancellationToken))
            {
                await Task.Delay(RetryDelay, time, cancellationToken);
            }

            _waiting.Reader.TryRead(out _);
        }
    }

    private async Task RecordLastAsync()
    {
        while (_waiting.Reader.TryRead(out var next))
        {
            if (!await TryRecordAsync(next, CancellationToken.None))
            {
                logger.SystemEventLost(next.Event!.EventType, "The process is leaving and the spool takes nothing.");
            }
        }
    }

    /// <summary>False when the spool takes nothing at present.</summary>
    private async ValueTask<bool> TryRecordAsync(Waiting next, CancellationToken cancellationToken)
    {
        next.Mark?.TrySetResult();
        try
        {
            return next.Event is null || await intake.RecordAsync(next.Event, cancellationToken) is not null;
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException)
        {
            return false;
        }
        catch (EventRejectedException rejected)
        {
            logger.SystemEventLost(next.Event!.EventType, rejected.Message);
            return true;
        }
    }

    /// <summary>An event, or a mark: everything before it is recorded.</summary>
    private sealed record Waiting(MonitoringEvent? Event, TaskCompletionSource? Mark);
}
