namespace Holdfast.Health;

/// <summary>What kind of thing happened.</summary>
internal enum HealthEntryKind
{
    /// <summary>A check is in another state.</summary>
    Transition,

    /// <summary>A check fails while none did.</summary>
    IncidentOpened,

    /// <summary>No check fails any more.</summary>
    IncidentClosed,

    /// <summary>A rule acted.</summary>
    Recovery,
}

/// <summary>Something that happened to the health: a line of the one timeline.</summary>
/// <param name="Number">Grows by one; the place in the timeline.</param>
/// <param name="Check">What it is about; of a rule the check that it watches.</param>
internal sealed record HealthEntry(long Number, DateTimeOffset At, HealthEntryKind Kind, string Check)
{
    /// <summary>The state before; null where there is none.</summary>
    public HealthState? From { get; init; }

    /// <summary>The state since; null where there is none.</summary>
    public HealthState? To { get; init; }

    /// <summary>What is wrong, or what came of it.</summary>
    public string? Detail { get; init; }

    /// <summary>The rule that acted.</summary>
    public string? Rule { get; init; }

    /// <summary>What it did.</summary>
    public IReadOnlyList<string>? Actions { get; init; }

    /// <summary>What came of it; one of <see cref="RecoveryOutcomes"/>.</summary>
    public string? Outcome { get; init; }

    /// <summary>The incident that it belongs to; null: none.</summary>
    public Guid? Incident { get; init; }
}

/// <summary>A time in which at least one check failed.</summary>
/// <param name="Check">The first one.</param>
internal sealed record HealthIncident(Guid Id, DateTimeOffset OpenedAt, string Check);

/// <summary>Names of kinds on the wire.</summary>
internal static class HealthEntryKinds
{
    public static IReadOnlyDictionary<string, HealthEntryKind> ByName { get; } = Enum.GetValues<HealthEntryKind>().ToDictionary(NameOf, StringComparer.Ordinal);

    public static string NameOf(HealthEntryKind kind) => kind switch
    {
        HealthEntryKind.Transition => "transition",
        HealthEntryKind.IncidentOpened => "incident_opened",
        HealthEntryKind.IncidentClosed => "incident_closed",
        HealthEntryKind.Recovery => "recovery",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind."),
    };
}
