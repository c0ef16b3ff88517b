using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>Why rows were refused.</summary>
internal enum RefusalReason
{
    /// <summary>They break a rule, or stood beside one that does in strict mode.</summary>
    Invalid,

    /// <summary>Their request could not be read. How many it held is unknown: such a request counts as one.</summary>
    Unreadable,

    /// <summary>Their request was beyond a limit. It counts as one, too.</summary>
    TooLarge,

    /// <summary>The spool's budget was used up.</summary>
    SpoolFull,

    /// <summary>The disk could not be written.</summary>
    SpoolUnavailable,
}

/// <summary>Rows refused since the start of the process, by reason.</summary>
internal sealed record RefusalSnapshot(IReadOnlyDictionary<RefusalReason, long> Events, IReadOnlyDictionary<RefusalReason, long> Samples)
{
    public long EventsTotal => Events.Values.Sum();

    public long SamplesTotal => Samples.Values.Sum();
}

/// <summary>Counts what was never acknowledged, beside the ledger of what was. Thread-safe.</summary>
internal sealed class Refusals
{
    private static readonly RefusalReason[] Reasons = Enum.GetValues<RefusalReason>();

    private readonly long[] _events = new long[Reasons.Length];
    private readonly long[] _samples = new long[Reasons.Length];

    public void Add(SpoolKind kind, RefusalReason reason, long rows) =>
        Interlocked.Add(ref (kind == SpoolKind.Sample ? _samples : _events)[(int)reason], rows);

    public RefusalSnapshot Snapshot() => new(Read(_events), Read(_samples));

    private static Dictionary<RefusalReason, long> Read(long[] counts) =>
        Reasons.ToDictionary(reason => reason, reason => Interlocked.Read(ref counts[(int)reason]));
}
