using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// What PostgreSQL's error codes mean to a write: the row is bad, the way is closed, or the database is not to be had. What is not listed
/// is taken for passing, since a row that waits can be stored later and a row that was given up cannot.
/// </summary>
internal static class SqlStates
{
    public const string UniqueViolation = "23505";
    public const string CheckViolation = "23514";
    public const string LockNotAvailable = "55P03";
    public const string InvalidText = "22021";
    public const string UntranslatableCharacter = "22P05";

    private const string RaiseException = "P0001";

    // How a binary COPY says that a column has another type than it used to have.
    private const string InvalidBinary = "22P03";

    // Ours alone: no row can cause it.
    private const string BadCopyFormat = "22P04";

    /// <summary>A function, table, column or right is missing, or has another type: another approach may still work.</summary>
    public static bool IsCapability(string sqlState) =>
        sqlState is "42883" or "42P01" or "42703" or "42501" or "42804" or "0A000" or InvalidBinary;

    /// <summary>The product's own tables or schemas are not there at all.</summary>
    public static bool IsMissingSchema(string sqlState) => sqlState is "42P01" or "3F000";

    /// <summary>
    /// No partition for the row's day. It has the code of a broken CHECK, and is told from one by where it was raised: that does not
    /// depend on the server's language.
    /// </summary>
    public static bool IsMissingPartition(PostgresException fault) =>
        fault is { SqlState: CheckViolation, ConstraintName: null, Routine: "ExecFindPartition" };

    /// <summary>The row itself is at fault: its neighbours can be stored, and asking again would not help.</summary>
    public static bool RefusesRow(PostgresException fault) =>
        !IsMissingPartition(fault) && (IsIntrinsic(fault.SqlState) || ClassOf(fault.SqlState) == "23" || fault.SqlState == RaiseException);

    /// <summary>No schema could take the row: a value beyond the limits of its type, a text that is no text, a row too large.</summary>
    public static bool IsIntrinsic(string sqlState) => ClassOf(sqlState) is "22" or "54" && sqlState is not (InvalidBinary or BadCopyFormat);

    public static string ClassOf(string sqlState) => sqlState.Length >= 2 ? sqlState[..2] : sqlState;
}
