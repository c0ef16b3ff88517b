using Holdfast.Resilience;

namespace Holdfast.Pipeline;

/// <summary>
/// The named pipelines of the store's users, all on the one breaker of the database. Those that a loop drives make one attempt: the loop is
/// their retry, and unlike a delay inside an operation it answers others and leaves at once when the process does.
/// </summary>
internal sealed class StorePipelines(ResiliencePipelines pipelines)
{
    private static readonly RetryOptions OneAttempt = new() { MaxAttempts = 1 };

    private static readonly NamedPipelineOptions Default = new() { Classify = StoreFaults.Classify };

    // Of unknown length: a migration or a purge that is cut short would begin anew for ever.
    private static readonly NamedPipelineOptions Unlimited = Default with { Timeout = null, AttemptTimeout = null };

    // A transaction of 5,000 rows on a slow disk takes its time; beyond this the connection is hanging.
    private static readonly NamedPipelineOptions Flushing = Default with { Timeout = null, AttemptTimeout = TimeSpan.FromSeconds(30), Retry = OneAttempt };

    // Somebody waits for the answer.
    private static readonly NamedPipelineOptions Reading = Default with
    {
        Classify = StoreFaults.ClassifyRead,
        Timeout = null,
        AttemptTimeout = TimeSpan.FromSeconds(10),
        Retry = OneAttempt,
    };

    public CircuitBreakerHandle Breaker { get; } = pipelines.GetOrAddBreaker(PipelineNames.Database);

    public NamedPipeline Migrations { get; } = pipelines.GetOrAdd(PipelineNames.Migrations, Unlimited with { Retry = OneAttempt });

    public NamedPipeline Events { get; } = pipelines.GetOrAdd(PipelineNames.EventFlusher, Flushing);

    public NamedPipeline Samples { get; } = pipelines.GetOrAdd(PipelineNames.SampleFlusher, Flushing);

    public NamedPipeline MetricsPersister { get; } = pipelines.GetOrAdd(PipelineNames.MetricsPersister, Default);

    public NamedPipeline Maintenance { get; } = pipelines.GetOrAdd(PipelineNames.Maintenance, Unlimited);

    public NamedPipeline Reads { get; } = pipelines.GetOrAdd(PipelineNames.Reads, Reading);

    public NamedPipeline DeadLetters { get; } = pipelines.GetOrAdd(PipelineNames.DeadLetters, Flushing);

    public NamedPipeline Retries { get; } = pipelines.GetOrAdd(PipelineNames.Retries, Flushing);

    public NamedPipeline Flags { get; } = pipelines.GetOrAdd(PipelineNames.Flags, Flushing with { AttemptTimeout = TimeSpan.FromSeconds(5) });

    public NamedPipeline Preferences { get; } = pipelines.GetOrAdd(PipelineNames.Preferences, Flushing with { AttemptTimeout = TimeSpan.FromSeconds(5) });

    public NamedPipeline Audit { get; } = pipelines.GetOrAdd(PipelineNames.Audit, Flushing);
}
