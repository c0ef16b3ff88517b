using System.Collections.Frozen;

namespace Holdfast.Resilience;

/// <summary>
/// The table of SQLSTATEs: a class of errors by its two letters, and the codes that differ from their class. Source: appendix A of
/// PostgreSQL's manual. What stands nowhere is unknown, which means transient. It is the only table: the stores ask it too.
/// </summary>
internal static class SqlStates
{
    private static readonly FrozenDictionary<string, ErrorClass> Classes = Table(
        (ErrorClass.Connectivity,
        [
            "08", // connection exception
            "25", // invalid transaction state: read-only after a failover, idle or transaction timeout
            "26", // prepared statement unknown: another connection behind a pooler; a new one helps
            "28", // invalid authorization: a wrong password is mended by an operator, not by another approach
            "3D", // the database does not exist
            "40", // transaction rollback: deadlock, serialization
            "53", // insufficient resources: disk, memory, connections
            "57", // operator intervention: shutdown, crash recovery, statement timeout
            "58", // system error: I/O
            "72", // snapshot too old
            "F0", // broken configuration file
        ]),
        (ErrorClass.Capability,
        [
            "0A", // feature not supported
            "0L", // invalid grantor
            "0P", // invalid role
            "2B", // dependent privileges
            "2F", // SQL routine
            "38", // external routine
            "39", // external routine invocation
            "3F", // the schema does not exist
            "42", // syntax error or access rule violation: no function, table, column or right
            "55", // object not in the state needed: a view that cannot be inserted into
            "P0", // PL/pgSQL: the routine itself fails
        ]),
        (ErrorClass.Data,
        [
            "10", // XQuery
            "20", // case not found
            "21", // cardinality: the same row twice in one statement
            "22", // data exception
            "23", // integrity constraint violation
            "27", // triggered data change violation
            "44", // WITH CHECK OPTION violation
            "54", // program limit exceeded: row too big
        ]),
        (ErrorClass.Unknown,
        [
            "00", "01", "02", "03", // success, warnings, no data: no errors
            "09", "0B", "0F", "0Z", // triggered action, transaction initiation, locator, diagnostics
            "24", "2D", "34", "3B", // cursors, transaction termination, savepoints
            "HV", // foreign data wrapper: as many meanings as wrappers
            "XX", // internal error
        ]));

    private static readonly FrozenDictionary<string, ErrorClass> Exceptions = Table(
        (ErrorClass.Connectivity,
        [
            "55006", // object in use
            "55P03", // lock not available
            "HV00N", // a foreign server cannot be reached
        ]),
        (ErrorClass.Capability,
        [
            "58P01", // undefined file: the library of a function is missing
            "22P03", // how a binary COPY says that a column has another type than it used to have
            "22P04", // bad COPY format: ours alone, no row can cause it
        ]),
        (ErrorClass.Data,
        [
            "P0001", // raised by a function or trigger that checks rows
        ]));

    public static ErrorClass Find(string sqlState) =>
        Exceptions.TryGetValue(sqlState, out var own) ? own : Classes.GetValueOrDefault(sqlState[..2], ErrorClass.Unknown);

    private static FrozenDictionary<string, ErrorClass> Table(params (ErrorClass Class, string[] Codes)[] rows) =>
        rows.SelectMany(row => row.Codes.Select(code => (code, row.Class))).ToFrozenDictionary(pair => pair.code, pair => pair.Class, StringComparer.Ordinal);
}
