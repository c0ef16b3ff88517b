namespace Holdfast.Rollout;

/// <summary>Which writing of which store: differs when anything changed, also when the store was exchanged.</summary>
/// <param name="Store">Made with the store.</param>
/// <param name="Version">Grows with every change.</param>
internal readonly record struct FlagEdition(Guid Store, int Version);

/// <summary>Everything that is set at run time.</summary>
/// <param name="StreamKey">Secret with which all nodes of this store sign.</param>
internal sealed record FlagSheet(FlagEdition Edition, ReadOnlyMemory<byte> StreamKey, IReadOnlyList<StoredFlag> Flags);

/// <summary>A flag as it is set at run time.</summary>
/// <param name="Version">That of the change that made it so.</param>
/// <param name="Document">A JSON object (<see cref="FlagDocument"/>), with its members in their order.</param>
internal sealed record StoredFlag(string Name, int Version, string Document, DateTimeOffset UpdatedAt, string UpdatedBy);

/// <summary>A change that is asked for.</summary>
internal sealed record FlagWrite
{
    /// <summary>Of this change; also of its audit entry.</summary>
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    /// <summary>What is to be stored; null: nothing, the flag is reset.</summary>
    public required string? Document { get; init; }

    /// <summary>Versions over which it may be written, 0 for none at all; null: whatever is there.</summary>
    public IReadOnlyList<int>? Seen { get; init; }

    /// <summary>The store's version that it was judged by, where it must go with what other flags say; null: it stands by itself.</summary>
    public int? JudgedBy { get; init; }

    /// <summary>What it is: <c>flag.set</c>.</summary>
    public required string Action { get; init; }

    public required string Actor { get; init; }

    public string? Reason { get; init; }
}

internal enum FlagWriteStatus
{
    Written,

    /// <summary>Somebody else was faster.</summary>
    Overtaken,

    /// <summary>Some flag has changed since it was judged; nothing was written.</summary>
    Outdated,

    /// <summary>There are as many flags as there may be.</summary>
    Full,
}

/// <summary>What became of a change.</summary>
/// <param name="Version">Of the flag now; 0: it is not set.</param>
/// <param name="Before">What was stored until now; null: nothing.</param>
internal sealed record FlagWriteResult(FlagWriteStatus Status, int Version, string? Before);

/// <summary>A change that was made.</summary>
internal sealed record FlagChangeNote
{
    public required int Version { get; init; }

    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Action { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Actor { get; init; }

    public string? Reason { get; init; }

    /// <summary>What was stored before; null: nothing.</summary>
    public string? Before { get; init; }

    /// <summary>What is stored since; null: nothing.</summary>
    public string? After { get; init; }
}

/// <param name="Name">Of this flag only; null: of all.</param>
/// <param name="Below">Older than this version; null: from the newest.</param>
internal sealed record FlagHistoryQuery(string? Name, int? Below, int Limit);

/// <summary>What was measured of a variant within a while.</summary>
internal sealed record FlagSample(string Flag, string Variant, long Requests, long Errors, LatencyHistogram Latencies)
{
    /// <summary>When the store took it; of no meaning before.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>What all nodes measured, and the store's time.</summary>
internal sealed record FlagMeasured(DateTimeOffset Now, IReadOnlyList<FlagSample> Samples);
