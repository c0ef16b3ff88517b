namespace Holdfast.Events;

/// <summary>Which of the events that wait for a subscriber it gets first; among equals the one that was published first.</summary>
public enum EventPriority
{
    /// <summary>What most events are. Default.</summary>
    Normal = 0,

    /// <summary>Before normal ones.</summary>
    High = 1,

    /// <summary>Before high ones.</summary>
    Urgent = 2,

    /// <summary>Before all others, and never dropped because a queue is full: the publisher waits for room instead.</summary>
    Critical = 3,
}
