namespace Holdfast.Components;

/// <summary>What the host has done with a component.</summary>
internal enum ComponentPhase
{
    Initialized,
    Starting,
    Ready,
    Failed,
    Stopped,
}

/// <summary>The state that people see, from what is known. Pure.</summary>
internal static class ComponentJudge
{
    /// <param name="reason">What the component says is missing; null: nothing.</param>
    /// <param name="lacking">Dependencies that are not ready.</param>
    public static ComponentState StateOf(ComponentPhase phase, string? reason, IReadOnlyList<string> lacking) => phase switch
    {
        ComponentPhase.Initialized => ComponentState.Initialized,
        ComponentPhase.Failed => ComponentState.Failed,
        ComponentPhase.Stopped => ComponentState.Stopped,
        ComponentPhase.Starting => reason is null ? ComponentState.Starting : ComponentState.Degraded,
        _ => reason is null && lacking.Count == 0 ? ComponentState.Ready : ComponentState.Degraded,
    };

    public static IReadOnlyList<string> ReasonsOf(ComponentPhase phase, string? reason, IReadOnlyList<string> lacking)
    {
        if (phase is ComponentPhase.Failed or ComponentPhase.Stopped)
        {
            return [];
        }

        IEnumerable<string> own = reason is null ? [] : [reason];
        return [.. own, .. lacking.Select(name => $"{name} is not ready")];
    }

    public static string NameOf(ComponentState state) => state switch
    {
        ComponentState.Initialized => "initialized",
        ComponentState.Starting => "starting",
        ComponentState.Ready => "ready",
        ComponentState.Degraded => "degraded",
        ComponentState.Stopped => "stopped",
        _ => "failed",
    };
}
