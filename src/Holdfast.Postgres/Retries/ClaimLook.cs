using Holdfast.Retries;

namespace Holdfast.Postgres.Retries;

/// <summary>Where a claim looks: everywhere, or through windows, of one type and one penalty each.</summary>
/// <param name="Types">The type of each window; null: everywhere.</param>
/// <param name="Keys">The sort key at which each begins, in microseconds since 1970.</param>
/// <param name="Penalties">What its items' priority costs them, in microseconds: a window reaches to this moment and so much beyond.</param>
/// <param name="DueFrom">What became due before has been looked at.</param>
/// <param name="FullIn">How long until the next look everywhere.</param>
internal sealed record ClaimLook(string[]? Types, long[]? Keys, long[]? Penalties, DateTimeOffset? DueFrom, TimeSpan? FullIn)
{
    public static ClaimLook Everywhere { get; } = new(null, null, null, null, null);

    public bool IsEverywhere => Types is null;
}

/// <summary>What a claim found.</summary>
/// <param name="Items">What was handed out, in the order of the queue.</param>
/// <param name="Types">The operation types that it was for.</param>
/// <param name="ClaimedAt">The database's time at which it looked.</param>
/// <param name="Took">How long it looked, in the database.</param>
/// <param name="Walked">Index entries that it passed, those of what is gone included.</param>
/// <param name="IsAll">There was no more that was due where it looked.</param>
/// <param name="MoreDue">There was no time for all whose time has come.</param>
internal readonly record struct ClaimFindings(
    IReadOnlyList<RetryItem> Items, IReadOnlyList<string> Types, DateTimeOffset ClaimedAt, TimeSpan Took, long Walked, bool IsAll, bool MoreDue);
