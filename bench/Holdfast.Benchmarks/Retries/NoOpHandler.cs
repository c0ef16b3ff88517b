using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.Retries;

namespace Holdfast.Benchmarks.Retries;

/// <summary>Does nothing, counts, and notes when it began: the payload of a timed item has the timestamp of its enqueue.</summary>
internal sealed class NoOpHandler : IRetryHandler
{
    public const string Type = "noop";

    private readonly ConcurrentQueue<double> _delays = new();
    private long _done;

    public string OperationType => Type;

    public long Done => Interlocked.Read(ref _done);

    /// <summary>Milliseconds from enqueue to start, of timed items.</summary>
    public IReadOnlyCollection<double> DelaysMs => _delays;

    public Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        if (context.Payload.TryGetProperty("at", out var at))
        {
            _delays.Enqueue(Stopwatch.GetElapsedTime(at.GetInt64()).TotalMilliseconds);
        }

        Interlocked.Increment(ref _done);
        return Task.FromResult(RetryOutcome.Done);
    }
}
