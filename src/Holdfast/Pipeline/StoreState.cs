namespace Holdfast.Pipeline;

/// <summary>Whether the store takes data, as the flusher sees it. One writer, but for the end of a suspicion; any number of readers.</summary>
internal sealed class StoreState
{
    private volatile StoreCondition _now = new(null, "starting", "being opened", null);
    private volatile string? _suspicion;
    private long _suspicions;

    public StoreCondition Now => _now;

    /// <summary>Why the schema is thought to have changed; null when it is not. Other rows are stored meanwhile, so it is no fault of the condition.</summary>
    public string? Suspicion => _suspicion;

    /// <summary>How many writes have given reason to suspect the schema.</summary>
    public long Suspicions => Interlocked.Read(ref _suspicions);

    /// <summary>The store has said who it is. A fault that was noticed before is over when something was stored, not when a connection was made.</summary>
    public void Opened(StoreIdentity identity) => _now = _now.Fault is "starting"
        ? new StoreCondition(identity, null, null, null)
        : _now with { Identity = identity };

    /// <summary>
    /// A store that was exchanged under the process, or lacks its schema because a new one stands in its place, has an identity to be asked
    /// for again; any other fault leaves it what it was.
    /// </summary>
    public void Failed(StoreUnavailableException fault, DateTimeOffset nextAttemptAt) => _now = new StoreCondition(
        fault.Code is StoreUnavailableException.Moved or "schema" ? null : _now.Identity, fault.Code, fault.Reason, nextAttemptAt);

    /// <summary>The breaker let nothing through. What was wrong before is what is still wrong.</summary>
    public void Refused(StoreUnavailableException refusal, DateTimeOffset nextAttemptAt)
    {
        var known = _now.Fault is null or "starting" ? _now with { Fault = refusal.Code, Reason = refusal.Reason } : _now;
        _now = known with { NextAttemptAt = nextAttemptAt };
    }

    /// <summary>So many rows of a write were refused that the schema must have changed; they are parked.</summary>
    public void Suspected(string reason)
    {
        _suspicion = reason;
        Interlocked.Increment(ref _suspicions);
    }

    /// <summary>What was parked has been taken.</summary>
    public void Trusted() => _suspicion = null;

    public void Recovered() => _now = _now with { Fault = null, Reason = null, NextAttemptAt = null };
}

/// <param name="Identity">Null until the store was opened, and again when it was exchanged.</param>
/// <param name="Fault">Class of what is wrong, null when all is well.</param>
/// <param name="Reason">What is wrong in a few words that everybody may read; the log has all of them.</param>
/// <param name="NextAttemptAt">When the flusher tries again.</param>
internal sealed record StoreCondition(StoreIdentity? Identity, string? Fault, string? Reason, DateTimeOffset? NextAttemptAt)
{
    public bool Available => Identity is not null && Fault is null;

    /// <summary>The fault with what to do about it, in a sentence or two.</summary>
    public string Explanation => $"The store takes nothing at present ({Reason}). {StoreFaults.AdviceFor(Fault ?? "")}";
}
