namespace Holdfast.Events;

/// <summary>What a publisher says about an event beside its data. Immutable, so one may be used for many events, and handed on by a handler.</summary>
public sealed record EventMetadata
{
    /// <summary>Nothing special: normal priority, first attempt, no tags.</summary>
    public static EventMetadata Default { get; } = new();

    /// <summary>What belongs together. Null: nothing is said. A request has one of its own, made by the bus, whatever is given here.</summary>
    public Guid? CorrelationId { get; init; }

    /// <summary>Who says so. Null: the name of the endpoint that publishes.</summary>
    public string? Source { get; init; }

    /// <summary>Which events come first. Default: <see cref="EventPriority.Normal"/>.</summary>
    public EventPriority Priority { get; init; }

    /// <summary>Words that subscribers can ask for. Default: none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Which attempt at the operation it is about, from 1. Default: 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The operation it is about must not be tried again. Default: false.</summary>
    public bool NoRetry { get; init; }
}
