using Holdfast.Events;
using Microsoft.Extensions.Logging;

namespace Holdfast.Components;

/// <summary>
/// Calls of one component, one after another, each with a limit. One that ignores its cancellation is left behind, and nothing else is
/// called before it has ended: two starts at a time would be worse than none.
/// </summary>
internal sealed class ComponentCalls(string component, TimeProvider time, ILogger logger)
{
    private Task _last = Task.CompletedTask;

    /// <exception cref="TimeoutException">It took longer than the limit.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task CallAsync(string step, Func<CancellationToken, ValueTask> call, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        using var guarded = new GuardedCancellation(TellCancellationFailed, ended.Token);
        try
        {
            await WhenFreeAsync(ended.Token);

            // On a thread of the pool: one that never awaits anything hangs there, and not here.
            var token = guarded.Token;
            _last = Task.Run(() => call(token).AsTask(), CancellationToken.None);
            await WaitAsync(step, _last, token);
        }
        catch (OperationCanceledException late) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"It did not {step} within {limit.TotalSeconds} s.", late);
        }
    }

    /// <summary>Cancels what the component may have registered with.</summary>
    public Task CancelAsync(CancellationTokenSource source) => GuardedCancellation.CancelAsync(source, TellCancellationFailed);

    /// <summary>Completes when nothing is left behind.</summary>
    public Task WhenFreeAsync(CancellationToken cancellationToken) => Task.WhenAny(_last).WaitAsync(cancellationToken);

    private void TellCancellationFailed(Exception fault) => logger.CancellationFailed(fault, component);

    private async Task WaitAsync(string step, Task call, CancellationToken cancellationToken)
    {
        try
        {
            await call.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!call.IsCompleted)
        {
            _ = TellEndAsync(step, call);
            throw;
        }
    }

    // Most notice their cancellation a moment after we do; nobody has to hear of those.
    private async Task TellEndAsync(string step, Task call)
    {
        if (await Task.WhenAny(call, Task.Delay(TimeSpan.FromSeconds(1), time)) != call)
        {
            logger.LeftBehind(component, step);
        }

        Exception? fault = null;
        try
        {
            await call;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }

        logger.EndedLate(fault, component, step);
    }
}
