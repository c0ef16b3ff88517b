using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Testing;

/// <summary>The dead letters of a <see cref="MemoryTelemetryStore"/>, by ascending id.</summary>
internal sealed class MemoryLetters
{
    private readonly List<DeadLetter> _all = [];
    private long _lastId;

    public IReadOnlyList<DeadLetter> All => _all;

    public void Add(Func<long, DeadLetter> make) => _all.Add(make(++_lastId));

    public DeadLetter? Find(long id) => _all.Find(letter => letter.Id == id);

    public void Put(DeadLetter changed) => _all[_all.FindIndex(letter => letter.Id == changed.Id)] = changed;

    public void Remove(DeadLetter letter) => _all.RemoveAll(other => other.Id == letter.Id);
}
