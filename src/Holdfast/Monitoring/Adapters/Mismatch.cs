using Holdfast.Pipeline;

namespace Holdfast.Monitoring.Adapters;

/// <summary>What comparing some events of one adapter with the record came to.</summary>
internal sealed class ComparedEvents
{
    private readonly Dictionary<EventCategory, int> _matching = [];

    /// <summary>How many were carried as they were recorded, by category.</summary>
    public IReadOnlyDictionary<EventCategory, int> Matching => _matching;

    /// <summary>Those that were not.</summary>
    public List<ComparedEvent> Differing { get; } = [];

    public void Match(EventCategory category, int count = 1) => _matching[category] = _matching.GetValueOrDefault(category) + count;

    public void Add(ComparedEvent differing) => Differing.Add(differing);
}

/// <summary>One event that an adapter did not carry as it was recorded.</summary>
/// <param name="SequenceId">Its place in the stream.</param>
/// <param name="EventType">Its type.</param>
/// <param name="Category">Its category.</param>
/// <param name="Expected">The checksum that it was recorded with.</param>
/// <param name="Actual">The checksum of what the adapter carried; null when it carried nothing.</param>
/// <param name="Fault">Why it did not carry it; null when it did.</param>
internal sealed record ComparedEvent(long SequenceId, string EventType, EventCategory Category, string Expected, string? Actual, string? Fault);

/// <summary>An event that an adapter did not carry as it was recorded.</summary>
/// <param name="At">When that was noticed.</param>
/// <param name="Adapter">Which adapter.</param>
/// <param name="Event">What was compared.</param>
internal sealed record Mismatch(DateTimeOffset At, string Adapter, ComparedEvent Event)
{
    /// <summary>How bad it is: <c>critical</c>, <c>high</c>, <c>medium</c> or <c>low</c>.</summary>
    public string Severity => SeverityOf(Event.Category);

    public static string SeverityOf(EventCategory category) => category switch
    {
        EventCategory.Critical => "critical",
        EventCategory.Performance => "high",
        EventCategory.UserActivity => "medium",
        _ => "low",
    };
}

/// <summary>More of a category's events differ than may.</summary>
/// <param name="Adapter">Which adapter.</param>
/// <param name="Category">Of which events.</param>
/// <param name="Percent">Of those compared within a minute.</param>
/// <param name="PercentMax">How many may.</param>
/// <param name="Compared">How many were compared.</param>
internal sealed record MismatchAlert(string Adapter, EventCategory Category, double Percent, double PercentMax, long Compared);
