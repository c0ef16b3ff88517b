namespace Holdfast.Components;

/// <summary>How a component is.</summary>
public enum ComponentState
{
    /// <summary>It has subscribed and waits for those it needs.</summary>
    Initialized,

    /// <summary>It is being started, or has started and cannot serve yet.</summary>
    Starting,

    /// <summary>It serves.</summary>
    Ready,

    /// <summary>It runs with less than it should have; the reasons say what is missing.</summary>
    Degraded,

    /// <summary>It was stopped with its host.</summary>
    Stopped,

    /// <summary>It threw or took too long, and is tried again after a delay.</summary>
    Failed,
}

/// <summary>A component at one instant.</summary>
public sealed record ComponentStatus
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How it is.</summary>
    public required ComponentState State { get; init; }

    /// <summary>What is missing, in words: what it says itself, and which dependencies are not ready. Empty when nothing is.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>What went wrong last; null: nothing yet. Stays after it was healed.</summary>
    public required string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public required DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>How often it was started again.</summary>
    public required int Retries { get; init; }

    /// <summary>Events and requests that its handlers have handled.</summary>
    public required long EventsHandled { get; init; }

    /// <summary>How long it has been running; zero while it is not.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Whom it depends on.</summary>
    public required ComponentDependencies Dependencies { get; init; }
}
