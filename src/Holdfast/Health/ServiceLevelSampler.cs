using Holdfast.Lifecycle;

namespace Holdfast.Health;

/// <summary>Looks once a second whether data is accepted, and what was answered since.</summary>
/// <param name="accepts">Whether data is accepted at this moment.</param>
internal sealed class ServiceLevelSampler(ServiceLevels levels, AnswerCounts answers, Func<bool> accepts, TimeProvider time) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // A look may come late on a busy machine. A process that stood still for longer answered nobody.
    private static readonly TimeSpan CreditMax = TimeSpan.FromSeconds(5);

    private (long Total, long Failed) _counted;

    public string Name => "service levels";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var elapsed = time.GetElapsedTime(last);
            last = time.GetTimestamp();
            Look(elapsed < CreditMax ? elapsed : CreditMax);
        }
    }

    private void Look(TimeSpan elapsed)
    {
        var counted = answers.Read();
        levels.Add(time.GetUtcNow(), new ServiceBucket(accepts() ? elapsed : TimeSpan.Zero, counted.Total - _counted.Total, counted.Failed - _counted.Failed));
        _counted = counted;
    }
}

/// <summary>What was asked of the server since it started, and what of that it could not do. Safe for concurrent use.</summary>
internal sealed class AnswerCounts
{
    private long _total;
    private long _failed;

    public void Note(bool failed)
    {
        Interlocked.Increment(ref _total);
        if (failed)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    public (long Total, long Failed) Read()
    {
        var failed = Interlocked.Read(ref _failed); // first, so that there are never more of them than of all
        return (Interlocked.Read(ref _total), failed);
    }
}
