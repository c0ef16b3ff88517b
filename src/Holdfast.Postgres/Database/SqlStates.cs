using Holdfast.Resilience;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// What PostgreSQL's error codes mean to a write: the row is bad, the way is closed, or the database is not to be had. By the one table of
/// the product, <see cref="ErrorClassifier"/>, so that what moves a write on is also what the circuit breaker does not count.
/// </summary>
internal static class SqlStates
{
    public const string UniqueViolation = "23505";
    public const string LockNotAvailable = "55P03";
    public const string InvalidText = "22021";
    public const string UntranslatableCharacter = "22P05";
    public const string OutOfRange = "22003";

    /// <summary>A function, table, column or right is missing, or has another type: another approach may still work.</summary>
    public static bool IsCapability(string sqlState) => ErrorClassifier.ClassifySqlState(sqlState) == ErrorClass.Capability;

    /// <summary>The product's own tables or schemas are not there at all.</summary>
    public static bool IsMissingSchema(string sqlState) => sqlState is "42P01" or "3F000";

    /// <summary>
    /// No partition for the row's day. It has the code of a broken CHECK, and is told from one by where it was raised: that does not
    /// depend on the server's language.
    /// </summary>
    public static bool IsMissingPartition(PostgresException fault) => ClassOfError(fault) == ErrorClass.MissingPartition;

    /// <summary>The row itself is at fault: its neighbours can be stored, and asking again would not help.</summary>
    public static bool RefusesRow(PostgresException fault) => ClassOfError(fault) == ErrorClass.Data;

    /// <summary>
    /// No schema could take the row: a text that is no text, an instant outside the calendar, a row too large. A value that is too long or out of
    /// range is not among them: there a column may have been made narrower, and every row is refused.
    /// </summary>
    public static bool IsIntrinsic(string sqlState) => sqlState is InvalidText or UntranslatableCharacter or "22008" or "54000";

    public static string ClassOf(string sqlState) => sqlState.Length >= 2 ? sqlState[..2] : sqlState;

    private static ErrorClass ClassOfError(PostgresException fault) => ErrorClassifier.ClassifySqlState(fault.SqlState, fault.Routine);
}
