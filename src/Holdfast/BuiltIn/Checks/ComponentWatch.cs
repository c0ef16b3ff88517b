using Holdfast.Components;

namespace Holdfast.BuiltIn.Checks;

/// <summary>
/// Notices components that are stuck: one that does not become ready, and one whose handler has not ended for too long. Which ones is asked of it
/// whenever; that they are is noticed by looking regularly. Safe for concurrent use.
/// </summary>
internal sealed class ComponentWatch(Func<IReadOnlyList<ComponentProgress>> progress, Func<TimeSpan> patience, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (ComponentProgress Seen, long Since)> _seen = new(StringComparer.Ordinal);

    /// <summary>Looks now.</summary>
    /// <returns>Those that are stuck, with what with.</returns>
    public IReadOnlyList<(string Name, string Why)> Look()
    {
        var now = progress();
        lock (_gate)
        {
            foreach (var one in now)
            {
                if (!_seen.TryGetValue(one.Name, out var before) || IsMoving(before.Seen, one))
                {
                    _seen[one.Name] = (one, time.GetTimestamp());
                }
            }

            return [.. now.Where(one => !one.IsPart && IsBusy(one) && time.GetElapsedTime(_seen[one.Name].Since) >= patience()).Select(one => (one.Name, WhyOf(one)))];
        }
    }

    // Waiting for another one is no fault of its own: initialized is not stuck.
    private static bool IsBusy(ComponentProgress one) => one.State == ComponentState.Starting || !one.IsIdle;

    private static bool IsMoving(ComponentProgress before, ComponentProgress now) => before.State != now.State || before.Handled != now.Handled || now.IsIdle != before.IsIdle;

    private static string WhyOf(ComponentProgress one) => one.State == ComponentState.Starting ? "does not become ready" : "has been handling one event all the time";
}
