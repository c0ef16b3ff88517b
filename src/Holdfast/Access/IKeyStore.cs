using Holdfast.Pipeline;

namespace Holdfast.Access;

/// <summary>
/// Where keys are kept for all nodes. One conformance suite holds for every implementation. Every verb throws
/// <see cref="StoreUnavailableException"/> while the store is away.
/// </summary>
internal interface IKeyStore : IAsyncDisposable
{
    /// <summary>Opens or creates it, and brings its schema up to date. Harmless when repeated.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>All keys, the newest first, also those that are revoked.</summary>
    ValueTask<KeyList> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The number that grows with every key that is made or revoked. What nodes ask all the time.</summary>
    ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Keeps a key. At <paramref name="keysMax"/> the key that was revoked first is forgotten for it; where none is revoked, nothing is kept.
    /// </summary>
    ValueTask<KeyCreation> CreateAsync(ApiKey key, int keysMax, CancellationToken cancellationToken);

    /// <summary>Revokes a key, and returns it as it is then; one that was revoked keeps its instant. Null: there is no such key.</summary>
    ValueTask<ApiKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Notes when keys were last used. An instant never goes back.</summary>
    ValueTask TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken);
}

/// <summary>The keys of one moment.</summary>
internal sealed record KeyList(long Revision, IReadOnlyList<ApiKey> Keys);

/// <summary>What became of a new key.</summary>
internal enum KeyCreation
{
    Created,

    /// <summary>A key that is not revoked has its name.</summary>
    NameTaken,

    /// <summary>There are too many, and none of them is revoked.</summary>
    TooMany,
}
