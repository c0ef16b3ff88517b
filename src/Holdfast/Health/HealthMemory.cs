namespace Holdfast.Health;

/// <summary>What of the health survives the process.</summary>
internal sealed record HealthMemory
{
    /// <summary>The timeline, the oldest first.</summary>
    public IReadOnlyList<HealthEntry> Entries { get; init; } = [];

    /// <summary>The incident that is open.</summary>
    public HealthIncident? Incident { get; init; }

    /// <summary>Checks that fail, since when: one that failed when the process ended has to recover, whatever its first result is.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset?> Failing { get; init; } = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);

    /// <summary>What rules did, by name: a restart gives nobody another hour.</summary>
    public IReadOnlyDictionary<string, RuleMemory> Rules { get; init; } = new Dictionary<string, RuleMemory>(StringComparer.Ordinal);

    /// <summary>What service levels are made of.</summary>
    public ServiceHistory Service { get; init; } = ServiceHistory.None;
}
