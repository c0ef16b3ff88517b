using Holdfast.Access;

namespace Holdfast.Testing;

/// <summary>Keys in memory: the reference for the stores. One object is one database, whoever opens it.</summary>
internal sealed class MemoryKeyStore : IKeyStore
{
    private readonly Lock _gate = new();
    private readonly List<ApiKey> _keys = [];
    private long _revision;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<KeyList> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(new KeyList(_revision, [.. Enumerable.Reverse(_keys)]));
        }
    }

    public ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_revision);
        }
    }

    public ValueTask<KeyCreation> CreateAsync(ApiKey key, int keysMax, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(CreateNeedsLock(key, keysMax));
        }
    }

    public ValueTask<ApiKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var place = _keys.FindIndex(key => key.Id == id);
            if (place >= 0 && _keys[place].RevokedAt is null)
            {
                _keys[place] = _keys[place] with { RevokedAt = at };
                _revision++;
            }

            return ValueTask.FromResult(place < 0 ? null : _keys[place]);
        }
    }

    public ValueTask TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            for (var place = 0; place < _keys.Count; place++)
            {
                if (usedAt.TryGetValue(_keys[place].Id, out var at) && !(_keys[place].LastUsedAt >= at))
                {
                    _keys[place] = _keys[place] with { LastUsedAt = at };
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private KeyCreation CreateNeedsLock(ApiKey key, int keysMax)
    {
        if (_keys.Exists(known => known.Name == key.Name && known.RevokedAt is null))
        {
            return KeyCreation.NameTaken;
        }

        if (_keys.Count >= keysMax && !(_keys.Where(known => known.RevokedAt is not null).MinBy(known => known.RevokedAt) is { } first && _keys.Remove(first)))
        {
            return KeyCreation.TooMany;
        }

        _keys.Add(key);
        _revision++;
        return KeyCreation.Created;
    }
}
