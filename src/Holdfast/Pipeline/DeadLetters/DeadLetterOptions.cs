namespace Holdfast.Pipeline.DeadLetters;

/// <summary>How dead letters are replayed and kept; asked for with each pass.</summary>
internal sealed record DeadLetterOptions
{
    /// <summary>Whether letters are tried again by themselves. Default: true (<c>RESILIENCE_DLQ_ENABLED</c>).</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Letters of one transaction. Default: 100 (<c>MONITORING_BATCH_SIZE</c>).</summary>
    public int BatchSize { get; init; } = 100;

    public DeadLetterLimits Limits { get; init; } = new();
}

/// <summary>What those who work on dead letters are given beside the store: settings, a name, time and chance.</summary>
/// <param name="Node">Name of this node, for leases.</param>
internal sealed record DeadLetterContext(Func<DeadLetterOptions> Options, string Node, TimeProvider Time, Func<double> Random)
{
    /// <summary>How long a letter rests after so many failed attempts.</summary>
    public TimeSpan DelayAfter(int attempts) => ReplayAttempts.Schedule.Next(attempts, Random);
}
