using Holdfast.Access;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Support;

/// <summary>A store of keys that cannot be reached.</summary>
internal sealed class AwayKeyStore : IKeyStore
{
    private static StoreUnavailableException Away => new("connection", "Nobody answers.", inner: null);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => throw Away;

    public ValueTask<KeyList> ReadAsync(CancellationToken cancellationToken) => throw Away;

    public ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken) => throw Away;

    public ValueTask<KeyCreation> CreateAsync(ApiKey key, int keysMax, CancellationToken cancellationToken) => throw Away;

    public ValueTask<ApiKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => throw Away;

    public ValueTask TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken) => throw Away;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
