using Holdfast.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Tests.Support;

/// <summary>A check that finds what a test says, and counts its runs.</summary>
internal sealed class TrialCheck : IHealthCheck
{
    private int _runs;
    private int _at;

    public int Runs => Volatile.Read(ref _runs);

    /// <summary>There were never two runs at a time.</summary>
    public bool OneAtATime { get; private set; } = true;

    public HealthState Finds { get; set; } = HealthState.Pass;

    /// <summary>Completes when a run begins; of the first.</summary>
    public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What a run waits for, whatever its token says.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    public Exception? Throws { get; set; }

    /// <summary>Told of each run when it has found something: its number.</summary>
    public Action<int> Ran { get; set; } = _ => { };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var run = Interlocked.Increment(ref _runs);
        OneAtATime &= Interlocked.Increment(ref _at) == 1;
        Called.TrySetResult();
        try
        {
            await Until;
            return Throws is { } fault ? throw fault : new HealthCheckResult(HealthStates.ToStatus(Finds), Finds == HealthState.Pass ? null : $"It is {HealthStates.NameOf(Finds)}.");
        }
        finally
        {
            Interlocked.Decrement(ref _at);
            Ran(run);
        }
    }
}
