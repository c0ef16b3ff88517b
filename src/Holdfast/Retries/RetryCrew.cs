namespace Holdfast.Retries;

/// <summary>The workers with those who record what they did.</summary>
internal sealed class RetryCrew(RetryWorkers workers, RetryAckWriter acks, RetryMetrics metrics, RetryEnvironment environment)
{
    public RetryWorkers Workers => workers;

    public RetryMetrics Metrics => metrics;

    /// <summary>Completes when nothing is executed and every outcome is recorded.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        await workers.WhenIdleAsync(cancellationToken);
        await acks.WhenIdleAsync(cancellationToken);
    }

    /// <summary>Waits for that, but not for ever.</summary>
    public async Task<bool> IsIdleWithinAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, environment.Time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await WhenIdleAsync(ends.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Gives back what no worker has begun, without an attempt counted.</summary>
    public async Task GiveBackAsync()
    {
        foreach (var item in workers.TakeBack())
        {
            await acks.AddAsync(item, item.Returned());
        }
    }

    /// <summary>What no worker has begun is somebody else's now.</summary>
    public void Forget() => workers.TakeBack();
}
