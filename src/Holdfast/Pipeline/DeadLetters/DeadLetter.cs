using Holdfast.Spool;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>Where a dead letter stands. The names are on the wire and in the databases.</summary>
internal enum DeadLetterStatus
{
    /// <summary>Waits for its next attempt.</summary>
    Pending,

    /// <summary>A worker has it, until its lease ends.</summary>
    Retrying,

    /// <summary>Stored after all.</summary>
    Recovered,

    /// <summary>Used up its attempts; waits for a person.</summary>
    Failed,

    /// <summary>Given up by a person.</summary>
    Discarded,
}

/// <summary>A row that the store refused, kept with the reason.</summary>
internal sealed record DeadLetter
{
    public required long Id { get; init; }

    /// <summary>1, and one more with each edit; attempts leave it as it is, because they change nothing that an editor works on.</summary>
    public int Version { get; init; } = 1;
    public required DeadLetterStatus Status { get; init; }
    public required SpoolKind Kind { get; init; }

    /// <summary>1; more where a batch could not be decoded from some row on, 0 where it held more than its rows.</summary>
    public required int RowCount { get; init; }

    /// <summary>The row as a person would want to see it; see <see cref="DeadLetterPayload"/>.</summary>
    public required string PayloadJson { get; init; }

    /// <summary>The row as it came, a batch payload of its own. Empty in lists.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }
    public required byte FormatVersion { get; init; }

    /// <summary>Bytes of <see cref="Payload"/>.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Why it was refused, the last time.</summary>
    public required Refusal Refusal { get; init; }

    /// <summary>Equal for letters with the same cause.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Attempts so far, never more than <see cref="MaxRetries"/>.</summary>
    public required int RetryCount { get; init; }
    public required int MaxRetries { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastRetryAt { get; init; }

    /// <summary>When the worker tries it again; null when it does not.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }
    public DateTimeOffset? RecoveredAt { get; init; }

    /// <summary>Where it was in its spool.</summary>
    public required Guid SpoolId { get; init; }
    public required long BatchSeq { get; init; }
    public required int Row { get; init; }

    /// <summary>The number of the event; null for samples.</summary>
    public long? SequenceId { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }
    public string? LeasedBy { get; init; }

    public string KindName => KindNameOf(Kind);

    public static string KindNameOf(SpoolKind kind) => kind == SpoolKind.Event ? "event" : "sample";

    /// <summary>Recovered or discarded: nothing will happen to it any more.</summary>
    public bool IsDoneWith => Status is DeadLetterStatus.Recovered or DeadLetterStatus.Discarded;

    /// <summary>Whether no worker has it, or none in time.</summary>
    public bool IsFreeAt(DateTimeOffset now) => Status != DeadLetterStatus.Retrying || LeaseUntil is not { } until || until <= now;

    /// <summary>Whether a person may act on it.</summary>
    public bool IsOpenAt(DateTimeOffset now) => !IsDoneWith && IsFreeAt(now);

    /// <summary>Whether it may be tried under the order.</summary>
    public bool MayBeTried(ReplayOrder order, DateTimeOffset now) => order.LeasedBy is { } leasedBy
        ? Status == DeadLetterStatus.Retrying && LeasedBy == leasedBy
        : IsOpenAt(now);

    /// <summary>The piece of its batch that it is.</summary>
    public SpooledBatch ToBatch() =>
        new(BatchSeq, Kind, FormatVersion, RowCount, SequenceId is { } sequence ? sequence - Row : 0, ReceivedAt, Payload) { FirstRow = Row };
}

/// <summary>The states by their names.</summary>
internal static class DeadLetterStatuses
{
    /// <summary>In the order of the enumeration.</summary>
    public static IReadOnlyList<string> Names { get; } = ["pending", "retrying", "recovered", "failed", "discarded"];

    public static string NameOf(DeadLetterStatus status) => Names[(int)status];

    /// <exception cref="ArgumentException">There is no such state.</exception>
    public static DeadLetterStatus Parse(string name)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return (DeadLetterStatus)i;
            }
        }

        throw new ArgumentException($"'{name}' is no state of a dead letter.", nameof(name));
    }
}
