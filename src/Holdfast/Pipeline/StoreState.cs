namespace Holdfast.Pipeline;

/// <summary>Whether the store takes data, as the flusher sees it. One writer, any number of readers.</summary>
internal sealed class StoreState
{
    private volatile StoreCondition _now = new(null, "starting", null, null);

    public StoreCondition Now => _now;

    public void Opened(StoreIdentity identity) => _now = new StoreCondition(identity, null, null, null);

    public void Failed(string code, string message, DateTimeOffset nextAttemptAt) =>
        _now = _now with { Fault = code, Message = message, NextAttemptAt = nextAttemptAt };

    public void Recovered() => _now = _now with { Fault = null, Message = null, NextAttemptAt = null };
}

/// <param name="Identity">Null until the store was opened once.</param>
/// <param name="Fault">Class of what is wrong, null when all is well.</param>
/// <param name="Message">In words an operator can act on.</param>
/// <param name="NextAttemptAt">When the flusher tries again.</param>
internal sealed record StoreCondition(StoreIdentity? Identity, string? Fault, string? Message, DateTimeOffset? NextAttemptAt)
{
    public bool Available => Identity is not null && Fault is null;
}
