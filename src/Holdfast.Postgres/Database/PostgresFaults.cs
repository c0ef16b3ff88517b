using System.Net.Sockets;
using System.Security.Authentication;
using Holdfast.Pipeline;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>Says in the store's words what is wrong with the database and what an operator can do about it. The password is never part of it.</summary>
internal sealed class PostgresFaults(ConnectionSettings settings)
{
    /// <summary>Whether it is the database's doing.</summary>
    public static bool Concerns(Exception fault) => fault is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>The fault as the contract knows it.</summary>
    public StoreUnavailableException Translate(Exception fault) => fault switch
    {
        PostgresException answer => new StoreUnavailableException(
            CodeOf(answer.SqlState), $"{AdviceFor(answer)} ({answer.SqlState}: {answer.MessageText})", answer),
        NpgsqlException { InnerException: PostgresException answer } => Translate(answer),
        _ => new StoreUnavailableException(CodeOf(fault), $"{AdviceFor(fault)} ({Innermost(fault).Message})", fault),
    };

    public StoreUnavailableException TooSlow(TimeSpan limit, Exception inner) => new(
        "timeout", $"PostgreSQL at {settings.Server} did not answer within {limit.TotalSeconds:0} seconds and was asked to stop.", inner);

    public StoreUnavailableException WrongSchema(Exception inner) =>
        new("schema", $"Database {settings.Database} at {settings.Server}: {inner.Message}", inner);

    /// <summary>The classes of <see cref="StoreUnavailableException.Code"/>.</summary>
    private static string CodeOf(string sqlState) => sqlState switch
    {
        "40001" or "40P01" or SqlStates.LockNotAvailable or "55006" or "53300" or "53400" or "57P03" => "busy",
        "53100" or "53200" => "full",
        "57014" => "timeout",
        "XX001" or "XX002" => "corrupt",
        _ => SqlStates.ClassOf(sqlState) switch
        {
            "08" or "28" or "3D" or "57" or "25" => "connection",
            "42" or "3F" or "0A" => "schema",
            "53" => "busy",
            "58" => "io",
            _ => "other",
        },
    };

    private static string CodeOf(Exception fault) => Innermost(fault) is TimeoutException ? "timeout" : "connection";

    private string AdviceFor(PostgresException answer) => answer.SqlState switch
    {
        "28P01" => $"PostgreSQL at {settings.Server} does not accept the password of {settings.User}. Correct it in HOLDFAST_POSTGRES.",
        "28000" => $"PostgreSQL at {settings.Server} does not let {settings.User} in. Check the user in HOLDFAST_POSTGRES and the server's pg_hba.conf.",
        "3D000" => $"PostgreSQL at {settings.Server} has no database {settings.Database}. Create it (CREATE DATABASE \"{settings.Database}\" OWNER \"{settings.User}\"), or correct HOLDFAST_POSTGRES.",
        "42501" => $"{settings.User} lacks a right in database {settings.Database}. Make it the owner of the schemas monitoring and holdfast, or GRANT holdfast_app TO \"{settings.User}\".",
        "53100" => $"The disk of PostgreSQL at {settings.Server} is full. Make room; what waits in the spool is stored then.",
        "53200" => $"PostgreSQL at {settings.Server} is out of memory.",
        "53300" => $"PostgreSQL at {settings.Server} has no connection left. Raise max_connections, or lower Maximum Pool Size in HOLDFAST_POSTGRES.",
        "25006" => $"PostgreSQL at {settings.Server} takes no writes: it is a standby, or was made read-only. Name the primary in HOLDFAST_POSTGRES.",
        "57P01" or "57P02" => $"PostgreSQL at {settings.Server} ended the connection; it is being stopped or restarted.",
        "57P03" => $"PostgreSQL at {settings.Server} is starting or stopping and takes no connections yet.",
        _ => AdviceForClass(answer.SqlState),
    };

    private string AdviceForClass(string sqlState) => CodeOf(sqlState) switch
    {
        "busy" => $"PostgreSQL at {settings.Server} is too busy; it is asked again.",
        "timeout" => $"PostgreSQL at {settings.Server} ended an operation that took too long; it is asked again.",
        "corrupt" => $"Database {settings.Database} at {settings.Server} is damaged. See the server's log.",
        "io" => $"PostgreSQL at {settings.Server} cannot use its disk. See the server's log.",
        "schema" => $"Database {settings.Database} at {settings.Server} does not have the schema that this version made. Restore what was changed by hand.",
        "connection" => $"PostgreSQL at {settings.Server} cannot be used at present.",
        _ => $"PostgreSQL at {settings.Server} refused an operation; it is asked again.",
    };

    private string AdviceFor(Exception broken) => Innermost(broken) switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
            $"Nothing answers at {settings.Server}. Start PostgreSQL, or correct host and port in HOLDFAST_POSTGRES.",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            $"The host of {settings.Server} is not known. Correct it in HOLDFAST_POSTGRES.",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"There is no socket {settings.Server}. Start PostgreSQL, or correct the host in HOLDFAST_POSTGRES.",
        TimeoutException when IsPoolExhausted(broken) =>
            $"All connections are in use: questions to PostgreSQL at {settings.Server} take long, or are many. Ask for less, or raise Maximum Pool Size in HOLDFAST_POSTGRES.",
        TimeoutException => $"PostgreSQL at {settings.Server} does not answer in time.",
        AuthenticationException => $"The TLS handshake with PostgreSQL at {settings.Server} failed. Check SSL Mode and the certificates in HOLDFAST_POSTGRES.",
        _ => $"The connection to PostgreSQL at {settings.Server} cannot be made or broke.",
    };

    // The driver has no type of its own for it.
    private static bool IsPoolExhausted(Exception broken) => broken.Message.Contains("connection pool has been exhausted", StringComparison.Ordinal);

    private static Exception Innermost(Exception fault)
    {
        while (fault is not AuthenticationException && fault.InnerException is { } inner)
        {
            fault = inner;
        }

        return fault;
    }
}
