using Holdfast.Flags.Rules;
using Holdfast.Rollout;

namespace Holdfast.Testing;

/// <summary>What flags say at run time, in the plainest form. Several keepers may share one, as nodes share a database.</summary>
internal sealed class MemoryFlagStore(TimeProvider time) : IFlagStore
{
    private static readonly byte[] Key = new byte[32];

    private readonly Lock _lock = new();
    private readonly Guid _id = Guid.NewGuid();
    private readonly Dictionary<string, StoredFlag> _flags = new(StringComparer.Ordinal);
    private readonly List<FlagChangeNote> _history = [];
    private readonly List<(Guid Id, FlagSample Sample)> _samples = [];
    private int _version;

    /// <summary>Called after a change, outside the lock.</summary>
    public Action Changed { get; set; } = () => { };

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<FlagSheet> ReadAsync(CancellationToken cancellationToken) =>
        Do(() => new FlagSheet(new FlagEdition(_id, _version), Key, [.. _flags.Values.OrderBy(flag => flag.Name, StringComparer.Ordinal)]));

    public ValueTask<FlagEdition> ReadEditionAsync(CancellationToken cancellationToken) => Do(() => new FlagEdition(_id, _version));

    public async ValueTask<FlagWriteResult> WriteAsync(FlagWrite write, CancellationToken cancellationToken)
    {
        var result = await Do(() => Write(write));
        Changed();
        return result;
    }

    public ValueTask<IReadOnlyList<FlagChangeNote>> ReadHistoryAsync(FlagHistoryQuery query, CancellationToken cancellationToken) =>
        Do<IReadOnlyList<FlagChangeNote>>(() =>
        [
            .. Enumerable.Reverse(_history)
                .Where(note => (query.Name is null || note.Name == query.Name) && (query.Below is not { } below || note.Version < below)).Take(query.Limit),
        ]);

    public async ValueTask AddSamplesAsync(Guid id, IReadOnlyList<FlagSample> samples, CancellationToken cancellationToken) => await Do(() =>
    {
        if (!_samples.Exists(sample => sample.Id == id))
        {
            _samples.AddRange(samples.Select(sample => (id, sample with { At = time.GetUtcNow() })));
        }

        return true;
    });

    public ValueTask<FlagMeasured> ReadSamplesAsync(string flag, TimeSpan last, CancellationToken cancellationToken) => Do(() => new FlagMeasured(
        time.GetUtcNow(), [.. _samples.Select(sample => sample.Sample).Where(sample => sample.Flag == flag && sample.At >= time.GetUtcNow() - last)]));

    public async ValueTask MaintainAsync(TimeSpan keepHistory, TimeSpan keepSamples, CancellationToken cancellationToken) => await Do(() =>
        _history.RemoveAll(note => note.At < time.GetUtcNow() - keepHistory) + _samples.RemoveAll(sample => sample.Sample.At < time.GetUtcNow() - keepSamples));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private FlagWriteResult Write(FlagWrite write)
    {
        if (_history.Find(note => note.Id == write.Id) is { } known)
        {
            return new FlagWriteResult(FlagWriteStatus.Written, known.After is null ? 0 : known.Version, known.Before);
        }

        var before = _flags.GetValueOrDefault(write.Name);
        if (write.Seen?.Contains(before?.Version ?? 0) == false)
        {
            return new FlagWriteResult(FlagWriteStatus.Overtaken, before?.Version ?? 0, before?.Document);
        }

        if (write.JudgedBy is { } judgedBy && judgedBy != _version)
        {
            return new FlagWriteResult(FlagWriteStatus.Outdated, before?.Version ?? 0, before?.Document);
        }

        if (write.Document is not null && before is null && _flags.Count >= FlagLimits.FlagsMax)
        {
            return new FlagWriteResult(FlagWriteStatus.Full, 0, null);
        }

        if (write.Document is null && before is null)
        {
            return new FlagWriteResult(FlagWriteStatus.Written, 0, null);
        }

        _version++;
        _history.Add(NoteOf(write, before?.Document));
        if (write.Document is { } document)
        {
            _flags[write.Name] = new StoredFlag(write.Name, _version, document, time.GetUtcNow(), write.Actor);
        }
        else
        {
            _flags.Remove(write.Name);
        }

        return new FlagWriteResult(FlagWriteStatus.Written, write.Document is null ? 0 : _version, before?.Document);
    }

    private FlagChangeNote NoteOf(FlagWrite write, string? before) => new()
    {
        Version = _version,
        Id = write.Id,
        Name = write.Name,
        Action = write.Action,
        At = time.GetUtcNow(),
        Actor = write.Actor,
        Reason = write.Reason,
        Before = before,
        After = write.Document,
    };

    private ValueTask<T> Do<T>(Func<T> work)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(work());
        }
    }
}
