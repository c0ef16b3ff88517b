using System.ComponentModel.DataAnnotations;

namespace Holdfast.Resilience;

/// <summary>How often and after which delays a call is tried again.</summary>
public sealed record RetryOptions
{
    /// <summary>Attempts in all, the first included, 1 to 100; 1 means that nothing is tried again. Default: 3.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Delays between the attempts. Default: 1 s doubling to 60 s, spread by 10 %.</summary>
    public BackoffSchedule Backoff { get; init; } = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(60), 0.1);

    /// <exception cref="ValidationException">A value is out of its range.</exception>
    internal RetryOptions Validated()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        if (Backoff is not { Factor: >= 1 and <= 100, Jitter: >= 0 and <= 1 } || Backoff.Initial < TimeSpan.Zero || Backoff.Cap < TimeSpan.Zero)
        {
            throw new ValidationException("Backoff must have delays of at least 0, a factor of 1 to 100 and a jitter of 0 to 1.");
        }

        return this;
    }
}
