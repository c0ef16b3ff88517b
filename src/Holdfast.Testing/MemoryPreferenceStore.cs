using Holdfast.Preferences;

namespace Holdfast.Testing;

/// <summary>Preferences in memory: the reference for the stores. One object is one database, whoever opens it.</summary>
internal sealed class MemoryPreferenceStore : IPreferenceStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(string Owner, string Key), Preference> _all = new(Comparer<(string Owner, string Key)>.Create(
        (a, b) => string.CompareOrdinal(a.Owner, b.Owner) is var owners and not 0 ? owners : string.CompareOrdinal(a.Key, b.Key)));

    private int _version;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<Preference>> ReadAsync(string owner, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<Preference>>([.. _all.Where(one => one.Key.Owner == owner).Select(one => one.Value)]);
        }
    }

    public ValueTask<PreferenceResult> WriteAsync(PreferenceWrite write, PreferenceLimits limits, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(WriteNeedsLock(write, limits));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private PreferenceResult WriteNeedsLock(PreferenceWrite write, PreferenceLimits limits)
    {
        var place = (write.Owner, write.Key);
        var now = _all.GetValueOrDefault(place);
        if (PreferenceJudge.Answer(write, now, _all.Keys.Count(one => one.Owner == write.Owner), limits.OwnerMax) is { } answer)
        {
            return answer;
        }

        _version++;
        _all.Remove(place);
        if (write.Value is null)
        {
            return new PreferenceResult(PreferenceVerdict.Done, null);
        }

        if (now is null && _all.Count >= limits.TotalMax)
        {
            _all.Remove(_all.MinBy(one => one.Value.Version).Key);
        }

        _all[place] = new Preference(write.Key, _version, write.Value);
        return new PreferenceResult(PreferenceVerdict.Done, _all[place]);
    }
}
