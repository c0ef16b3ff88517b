namespace Holdfast.Rollout;

/// <summary>
/// What flags say at run time, for all nodes, with the history of every change in the same transactions. Small by contract: it is read as a
/// whole. Faults come out as <see cref="Pipeline.StoreUnavailableException"/>.
/// </summary>
internal interface IFlagStore : IAsyncDisposable
{
    /// <summary>Brings the schema up to date; repeated when the store was exchanged.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Everything that is set, of one moment.</summary>
    ValueTask<FlagSheet> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Whether there is anything to read: cheap enough to be asked every second.</summary>
    ValueTask<FlagEdition> ReadEditionAsync(CancellationToken cancellationToken);

    /// <summary>Sets or removes a flag where it is still as the writer saw it, and notes who did it. Repeated with the same id it changes nothing.</summary>
    ValueTask<FlagWriteResult> WriteAsync(FlagWrite write, CancellationToken cancellationToken);

    /// <summary>Changes, newest first.</summary>
    ValueTask<IReadOnlyList<FlagChangeNote>> ReadHistoryAsync(FlagHistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Adds what was measured; the store says when. Repeated with the same id it changes nothing.</summary>
    ValueTask AddSamplesAsync(Guid id, IReadOnlyList<FlagSample> samples, CancellationToken cancellationToken);

    /// <summary>What all nodes measured of a flag within the last so much time, and the store's time.</summary>
    ValueTask<FlagMeasured> ReadSamplesAsync(string flag, TimeSpan last, CancellationToken cancellationToken);

    /// <summary>Deletes what is past its keep time.</summary>
    ValueTask MaintainAsync(TimeSpan keepHistory, TimeSpan keepSamples, CancellationToken cancellationToken);
}

/// <summary>Tells processes of changes that share a store.</summary>
internal interface IFlagBell
{
    /// <summary>False while nobody can say whether rings arrive: whoever needs them looks by himself every second.</summary>
    bool IsHeard { get; }

    /// <summary>Listens until it is cancelled; connects again by itself, and rings once after each time.</summary>
    Task ListenAsync(Action ring, CancellationToken cancellationToken);
}

/// <summary>Run-time values of flags in one kind of database.</summary>
/// <param name="Bell">Null where no other process can be.</param>
internal sealed record FlagStorage(IFlagStore Store, IFlagBell? Bell);
