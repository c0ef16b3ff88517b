using Holdfast.Resilience;
using Microsoft.Extensions.Logging;

namespace Holdfast.Lifecycle;

/// <summary>
/// Owns the background loops: starts them together, starts one again that failed (1 s, growing to 30 s), and stops them all in the
/// shutdown phase <see cref="ShutdownPhase.StopWorkers"/>.
/// </summary>
internal sealed class LoopHost(IEnumerable<ILoop> loops, TimeProvider time, ILogger<LoopHost> logger) : IShutdownParticipant, IAsyncDisposable
{
    private static readonly BackoffSchedule Restart = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30), 0);

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Action<ILoop, Exception?> _moved = (_, _) => { };
    private Task _all = Task.CompletedTask;

    public string Name => "loops";

    public ShutdownPhase Phase => ShutdownPhase.StopWorkers;

    /// <summary>Tells the observer of each loop that has failed, with its fault, and that is started again, with null. Before the start.</summary>
    public void Follow(Action<ILoop, Exception?> observer) => _moved += observer;

    public void Start() => _all = Task.WhenAll(loops.Select(KeepRunningAsync).ToArray());

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _all.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the loops, and leaves one behind that does not end: a disk that hangs must not hold the process.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (await Task.WhenAny(_all, Task.Delay(Farewell, CancellationToken.None)) == _all)
        {
            await _all;
            _stop.Dispose();
        }
    }

    private async Task KeepRunningAsync(ILoop loop)
    {
        // Loops run on the pool, not on the thread that starts them.
        await Task.Yield();
        var failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            var startedAt = time.GetTimestamp();
            try
            {
                await loop.RunAsync(_stop.Token);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // One that had run well for longer than the longest delay begins anew.
                failures = time.GetElapsedTime(startedAt) > Restart.Cap ? 0 : failures;
                var delay = Restart.Next(failures++, () => 0.5);
                logger.LoopFailed(fault, loop.Name, delay.TotalSeconds);
                _moved(loop, fault);
                await WaitAsync(delay);
                _moved(loop, null);
            }
        }
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop that asked looks at the token next.
        }
    }
}
