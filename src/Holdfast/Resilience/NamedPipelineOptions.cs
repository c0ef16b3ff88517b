using System.ComponentModel.DataAnnotations;

namespace Holdfast.Resilience;

/// <summary>What is particular to one named pipeline. What is null is inherited from the <see cref="ResilienceOptions"/>.</summary>
public sealed record NamedPipelineOptions
{
    /// <summary>Name of the breaker, shared with every pipeline that names the same. Default: <see cref="PipelineNames.Database"/>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Breaker { get; init; } = PipelineNames.Database;

    /// <summary>Time for an operation with all its attempts and delays, 10 ms to a day; null: no limit. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan? Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time for one attempt, 10 ms to a day and less than <see cref="Timeout"/>; null: no limit, which needs that <see cref="Timeout"/> has none either. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan? AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts and delays of its own; null: those of the product.</summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>
    /// What an exception says: decides who pays. Connectivity and the unknown are tried again and count against the breaker; the other
    /// classes are neither. Default: <see cref="ErrorClassifier.Classify(Exception)"/>.
    /// </summary>
    public Func<Exception, ErrorClass> Classify { get; init; } = ErrorClassifier.Classify;

    /// <exception cref="ValidationException">A value is out of its range, or an attempt may take as long as the whole operation.</exception>
    internal NamedPipelineOptions Validated()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        if (Timeout is { } whole && !(AttemptTimeout < whole))
        {
            // The end of the whole operation is the caller's end and says nothing about the dependency: the breaker would never see a timeout.
            throw new ValidationException(
                $"AttemptTimeout ({AttemptTimeout?.ToString() ?? "none"}) must be less than Timeout ({whole}). An attempt without a limit needs an operation without one.");
        }

        Retry?.Validated();
        return this;
    }
}
