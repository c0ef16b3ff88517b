using Holdfast.Resilience;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>A wish for letters whose time has come.</summary>
/// <param name="LeasedBy">Who asks: one name for each claim, so that a late answer to an old one changes nothing.</param>
/// <param name="Lease">How long nobody else gets them.</param>
internal sealed record DeadLetterClaim(string LeasedBy, TimeSpan Lease, int Limit);

/// <summary>Which letters to try.</summary>
/// <param name="LeasedBy">
/// The claim that they were taken with: a letter that is not under this lease any more is left alone. Null when a person asks: then it is
/// any letter that is not done with and that nobody has, and one at its limit is given one attempt more.
/// </param>
/// <param name="DelayAfter">How long a letter rests after so many failed attempts.</param>
internal sealed record ReplayOrder(IReadOnlyList<long> Ids, string? LeasedBy, Func<int, TimeSpan> DelayAfter);

/// <summary>What an attempt came to.</summary>
internal enum ReplayResult
{
    /// <summary>Stored, or recognised as stored before.</summary>
    Recovered,

    /// <summary>Refused again; it waits for its next attempt.</summary>
    Refused,

    /// <summary>Refused again, and it was the last attempt.</summary>
    Failed,

    /// <summary>Not tried: it is gone, done with already, or somebody else has it.</summary>
    Skipped,
}

/// <param name="Refusal">Why it was refused; null when it was not.</param>
/// <param name="LimitRaised">It was at its limit, and a person gave it one attempt more.</param>
internal sealed record ReplayOutcome(long Id, ReplayResult Result, Refusal? Refusal = null, bool LimitRaised = false);

/// <summary>The attempts of a letter: pure.</summary>
internal readonly record struct ReplayAttempts(int Count, int Max)
{
    /// <summary>The delays between attempts: what can mend a letter without touching it is a schema that somebody mends, and that takes minutes or hours.</summary>
    public static BackoffSchedule Schedule { get; } = new(TimeSpan.FromMinutes(1), 4, TimeSpan.FromHours(6), 0.2);

    /// <summary>When a new letter is tried for the first time. Without jitter: the stores write it, and they have no chance.</summary>
    public static TimeSpan FirstDelay => Schedule.Initial;

    /// <summary>With room for one attempt, made by a person where there is none.</summary>
    public ReplayAttempts WithRoom() => Count < Max ? this : new ReplayAttempts(Count, Count + 1);

    /// <summary>With the attempt that was just made. Never beyond the limit, whoever has written to the table meanwhile.</summary>
    public ReplayAttempts WithOneMore() => this with { Count = Math.Min(Count + 1, Max) };

    public bool UsedUp => Count >= Max;
}

/// <summary>Another payload for a letter.</summary>
/// <param name="Seen">The version that the editor saw: the edit is only made when it is still that one.</param>
/// <param name="Payload">The new bytes, a batch payload of its own.</param>
/// <param name="PayloadJson">The new row as a person would want to see it.</param>
internal sealed record DeadLetterEdit(long Id, int Seen, ReadOnlyMemory<byte> Payload, byte FormatVersion, string PayloadJson)
{
    /// <summary>Written down in the same transaction, so that the old payload is never gone without a trace.</summary>
    public AuditEntry? Audit { get; init; }
}
