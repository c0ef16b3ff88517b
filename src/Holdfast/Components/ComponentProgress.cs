namespace Holdfast.Components;

/// <summary>What a component is busy with, at one instant.</summary>
/// <param name="Handled">Events and requests that its handlers have handled, ever.</param>
/// <param name="IsIdle">Nothing waits for it, and nothing is being handled.</param>
/// <param name="IsPart">A part of the server itself.</param>
internal sealed record ComponentProgress(string Name, ComponentState State, long Handled, bool IsIdle, bool IsPart);

/// <summary>It was started again on purpose.</summary>
internal sealed class ComponentRestartException(string message) : Exception(message);
