namespace Holdfast.Pipeline;

/// <summary>Whether the store takes data, as the flusher sees it. One writer, any number of readers.</summary>
internal sealed class StoreState
{
    private volatile StoreCondition _now = new(null, "starting", null, null);

    public StoreCondition Now => _now;

    public void Opened(StoreIdentity identity) => _now = new StoreCondition(identity, null, null, null);

    /// <summary>A store that was exchanged under the process has an identity to be asked for again; any other fault leaves it what it was.</summary>
    public void Failed(string code, string message, DateTimeOffset nextAttemptAt) => _now = new StoreCondition(
        code == StoreUnavailableException.Moved ? null : _now.Identity, code, message, nextAttemptAt);

    public void Recovered() => _now = _now with { Fault = null, Message = null, NextAttemptAt = null };
}

/// <param name="Identity">Null until the store was opened, and again when it was exchanged.</param>
/// <param name="Fault">Class of what is wrong, null when all is well.</param>
/// <param name="Message">In words an operator can act on.</param>
/// <param name="NextAttemptAt">When the flusher tries again.</param>
internal sealed record StoreCondition(StoreIdentity? Identity, string? Fault, string? Message, DateTimeOffset? NextAttemptAt)
{
    public bool Available => Identity is not null && Fault is null;
}
