using Polly;

namespace Holdfast.Resilience;

/// <summary>A retry with the delays of a <see cref="BackoffSchedule"/>, for a Polly pipeline.</summary>
/// <typeparam name="T">What the calls return.</typeparam>
public sealed class BackoffRetryOptions<T>
{
    /// <summary>How often and after which delays.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>
    /// Which outcomes are tried again. Default: every exception. Never asked about a circuit that is open, so that no attempt is spent on
    /// it (the caller waits for its <c>RetryAfter</c>), and about calls that their caller cancelled.
    /// </summary>
    public Func<Outcome<T>, bool> ShouldRetry { get; set; } = static outcome => outcome.Exception is not null;

    /// <summary>Where the attempts are counted; null: nowhere.</summary>
    public RetryHandle? Handle { get; set; }

    /// <summary>Returns a number in [0, 1), for the jitter. Null: a generator of its own.</summary>
    public Func<double>? Random { get; set; }
}
