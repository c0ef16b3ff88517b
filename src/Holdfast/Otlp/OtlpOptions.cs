namespace Holdfast.Otlp;

/// <summary>How metrics of OpenTelemetry become samples. Each request is judged by the settings it began with.</summary>
internal sealed record OtlpOptions
{
    /// <summary>The label that stands for the instrumentation scope of a metric, as other formats of OpenTelemetry name it.</summary>
    public const string ScopeName = "otel.scope.name";

    /// <summary>
    /// Resource attributes that become labels. The others would be repeated in every series without telling it apart from another.
    /// <see cref="ScopeName"/> among them adds the scope.
    /// </summary>
    public IReadOnlyList<string> ResourceLabels { get; init; } = ["service.name", "service.namespace", "service.instance.id", "host.name"];

    /// <summary>How old a data point may be: as old as samples are kept. Default: 7 days.</summary>
    public TimeSpan TimestampAgeMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How far ahead of this server's clock a data point may be. Default: 1 day.</summary>
    public TimeSpan TimestampAheadMax { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Buckets or quantiles of one data point. Default: 1,024, several times what SDKs send; each becomes a series.</summary>
    public int BucketsMax { get; init; } = 1_024;

    /// <summary>Quantiles that are worked out of an exponential histogram, ascending. Default: 0.5, 0.9, 0.95, 0.99.</summary>
    public IReadOnlyList<double> Quantiles { get; init; } = [0.5, 0.9, 0.95, 0.99];
}
