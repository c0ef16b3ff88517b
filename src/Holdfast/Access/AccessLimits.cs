namespace Holdfast.Access;

/// <summary>How much of what one caller may ask for: a key, or an address where there is none. 0: as much as it likes.</summary>
internal sealed record AccessLimits
{
    public double ReadsPerMinute { get; init; }

    public double WritesPerMinute { get; init; }

    /// <summary>Requests with events or samples, of any number.</summary>
    public double IngestPerMinute { get; init; }

    /// <summary>What an address may show that is not good.</summary>
    public double FailuresPerMinute { get; init; }

    /// <summary>Connections that last.</summary>
    public int SocketsPerCaller { get; init; }
}
