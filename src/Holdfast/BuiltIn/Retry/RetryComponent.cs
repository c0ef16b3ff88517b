using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Resilience;
using Holdfast.Retries;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.BuiltIn.Retry;

/// <summary>
/// Makes durable retries of failures: an event that tells of a failed operation, with the operation, becomes an item of the queue. The queue
/// itself is no part of it, needs no bus, and spools by itself while the database is away.
/// </summary>
internal sealed class RetryComponent(
    IRetryQueue queue, OutsideTypes outside, CaptureMetrics metrics, TimeProvider time, Func<double> random, ILogger<RetryComponent> logger)
    : IComponent
{
    // Failures come in storms; a full queue drops, which is counted, and storms end.
    private static readonly SubscriptionOptions Listening = new() { QueueCapacity = 10_000, Concurrency = 64 };

    private const int NoticesPerMinute = 600;

    private static readonly BackoffSchedule Again = new(TimeSpan.FromMilliseconds(200), 2, TimeSpan.FromSeconds(5), 0.25);

    private readonly NoticeLimit _notices = new(NoticesPerMinute, time);
    private readonly Lock _gate = new();
    private ComponentContext? _context;
    private int _waiting;

    public string Name => "retry";

    public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        _context = context;
        foreach (var pattern in RetryEventTypes.Patterns)
        {
            context.Bus.Subscribe(pattern, CaptureAsync, Listening);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private async ValueTask CaptureAsync(BusEvent failure, CancellationToken cancellationToken)
    {
        switch (CaptureRules.Judge(failure, outside))
        {
            case Capture.Ignored ignored:
                metrics.Ignored(ignored.Because);
                break;
            case Capture.NotExecutable refused:
                await KeepNoticeAsync(failure, refused.Why, cancellationToken);
                break;
            case Capture.Taken taken:
                await KeepAsync(failure, taken.Operation, cancellationToken);
                break;
        }
    }

    private async ValueTask KeepAsync(BusEvent failure, RetryDraft operation, CancellationToken cancellationToken)
    {
        try
        {
            await EnqueueAsync(operation, cancellationToken);
            metrics.Captured();
        }
        catch (RetryRejectedException rejected)
        {
            await KeepNoticeAsync(failure, rejected.Message, cancellationToken);
        }
    }

    private async ValueTask KeepNoticeAsync(BusEvent failure, string why, CancellationToken cancellationToken)
    {
        var kept = _notices.TryTake();
        metrics.NotExecutable(kept);
        if (kept)
        {
            logger.NotExecutable(failure.Type, failure.Source, why);
            await EnqueueAsync(NotExecutable.Of(failure, why), cancellationToken);
        }
    }

    // The queue has spooled where it could. A full or broken spool passes; until then the events wait in the component's own queue.
    private async ValueTask EnqueueAsync(RetryDraft draft, CancellationToken cancellationToken)
    {
        if (await TryEnqueueAsync(draft, cancellationToken) is not { } fault)
        {
            return;
        }

        NoteWaiting(fault);
        try
        {
            for (var failures = 0; fault is not null; failures++)
            {
                await Task.Delay(Again.Next(failures, random), time, cancellationToken);
                fault = await TryEnqueueAsync(draft, cancellationToken);
            }
        }
        finally
        {
            NoteWaited();
        }
    }

    /// <returns>Why it is not kept for now; null: it is.</returns>
    private async ValueTask<Exception?> TryEnqueueAsync(RetryDraft draft, CancellationToken cancellationToken)
    {
        try
        {
            await queue.EnqueueAsync(draft, cancellationToken);
            return null;
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException)
        {
            return fault;
        }
    }

    // From the first that waits to the last, however often they are tried meanwhile.
    private void NoteWaiting(Exception fault)
    {
        lock (_gate)
        {
            if (++_waiting == 1)
            {
                logger.NotKept(fault.Message);
                _context!.ReportDegraded("failed operations cannot be kept at present: neither the database nor the spool of retries takes them");
            }
        }
    }

    private void NoteWaited()
    {
        lock (_gate)
        {
            if (--_waiting == 0)
            {
                _context!.ReportReady();
            }
        }
    }
}
