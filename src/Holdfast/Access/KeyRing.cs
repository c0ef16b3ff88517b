using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Holdfast.Access;

/// <summary>
/// The keys in memory: what every request is judged by, whatever the database does. Replaced as a whole, read without a lock.
/// </summary>
internal sealed class KeyRing(TimeProvider time)
{
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    private readonly ConcurrentDictionary<string, DateTimeOffset> _uses = new(StringComparer.Ordinal);
    private volatile State _now = new(FrozenDictionary<string, ApiKey>.Empty, EverHad: false);

    /// <summary>Called when the keys have changed.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>
    /// There is a key, or there was one once: from then on nobody is let in without. To revoke the last one must not open the door.
    /// </summary>
    public bool EverHad => _now.EverHad;

    public IReadOnlyCollection<ApiKey> Keys => _now.ById.Values;

    public bool AnyGood => Keys.Any(key => key.IsGoodAt(time.GetUtcNow()));

    public void Replace(IEnumerable<ApiKey> keys, bool everHad)
    {
        var byId = keys.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal);
        _now = new State(byId, everHad || byId.Count > 0);
        Changed();
    }

    /// <summary>Whose key it is. What is wrong with one that is not good is told only to who knows its secret.</summary>
    public KeyVerdict Judge(string text)
    {
        if (KeyText.Read(text) is not { } shown)
        {
            return KeyVerdict.Bad(CredentialFault.Unreadable, "That is no key.");
        }

        var key = _now.ById.GetValueOrDefault(shown.Id);
        if (!CryptographicOperations.FixedTimeEquals(shown.Hash, (key?.Hash ?? NoHash).Span) || key is null)
        {
            return KeyVerdict.Bad(CredentialFault.Unknown, "The key is not known.");
        }

        var now = time.GetUtcNow();
        if (!key.IsGoodAt(now))
        {
            return KeyVerdict.Bad(CredentialFault.Expired, key.RevokedAt is null ? "The key has expired." : "The key has been revoked.", key.RevokedAt ?? key.ExpiresAt);
        }

        _uses[key.Id] = now;
        return new KeyVerdict(CallerOf(key), null);
    }

    /// <summary>Whether what a caller once showed is still good: for connections that last.</summary>
    public bool IsStillGood(Caller caller)
    {
        var now = time.GetUtcNow();
        return caller == Caller.Local ? !EverHad : !(caller.ExpiresAt <= now) && (caller.KeyId is not { } id || _now.ById.GetValueOrDefault(id)?.IsGoodAt(now) == true);
    }

    /// <summary>The key of this id as a caller; null: there is none, or it is not good any more.</summary>
    public Caller? Find(string id) => _now.ById.GetValueOrDefault(id) is { } key && key.IsGoodAt(time.GetUtcNow()) ? CallerOf(key) : null;

    /// <summary>When keys were used since somebody asked.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> TakeUses()
    {
        var uses = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var id in _uses.Keys)
        {
            if (_uses.TryRemove(id, out var at))
            {
                uses[id] = at;
            }
        }

        return uses;
    }

    private static Caller CallerOf(ApiKey key) => new(key.Name, key.Role) { KeyId = key.Id, ExpiresAt = key.ExpiresAt };

    private sealed record State(FrozenDictionary<string, ApiKey> ById, bool EverHad);
}

/// <summary>What a key is worth.</summary>
/// <param name="Caller">Whose it is; null: it is not good.</param>
/// <param name="Fault">Why not.</param>
internal sealed record KeyVerdict(Caller? Caller, string? Fault)
{
    /// <summary>The kind of the fault, for protocols that have their own words for it.</summary>
    public CredentialFault Cause { get; private init; }

    /// <summary>Since when it is not good any more, where that is why.</summary>
    public DateTimeOffset? EndedAt { get; private init; }

    public static KeyVerdict Bad(CredentialFault cause, string fault, DateTimeOffset? endedAt = null) => new(null, fault) { Cause = cause, EndedAt = endedAt };
}

/// <summary>What can be wrong with what somebody shows.</summary>
internal enum CredentialFault
{
    /// <summary>Nothing was shown.</summary>
    Missing,

    /// <summary>It is nothing of the kind.</summary>
    Unreadable,

    /// <summary>It was not made here, or was changed.</summary>
    Unknown,

    /// <summary>It was good once.</summary>
    Expired,

    /// <summary>It does not say what it has to.</summary>
    Incomplete,
}
