using System.Data.Common;
using System.Net.Sockets;
using Holdfast.Resilience;
using Holdfast.Spool;
using Polly.Timeout;

namespace Holdfast.Pipeline;

/// <summary>What a fault of the store says: whose fault it is, in which few words it may be told to everybody, and what to do about it.</summary>
internal static class StoreFaults
{
    /// <summary>
    /// Who pays. Connectivity, overload and the unknown count against the breaker of the database. A schema that does not fit, a bad row
    /// and what the spool has against a write do not: the database has answered.
    /// </summary>
    public static ErrorClass Classify(Exception failure) => failure switch
    {
        StoreUnavailableException { InnerException: DbException { SqlState: { } state } } => ErrorClassifier.ClassifySqlState(state),
        StoreUnavailableException { Code: "schema" or "suspect_schema" or StoreUnavailableException.Moved } => ErrorClass.Capability,
        StoreUnavailableException => ErrorClass.Connectivity,
        SpoolFullException or SpoolUnavailableException => ErrorClass.Cancelled,
        _ => ErrorClassifier.Classify(failure),
    };

    /// <summary>
    /// As <see cref="Classify"/>, but a question that takes too long, or that this program itself could not ask, says more about the question:
    /// five of them must not stop the writes.
    /// </summary>
    public static ErrorClass ClassifyRead(Exception failure) =>
        failure is TimeoutRejectedException or StoreUnavailableException { Code: "timeout" } or ArgumentException or ArithmeticException or InvalidCastException or FormatException
            ? ErrorClass.Cancelled
            : Classify(failure);

    /// <summary>The fault in a few words without names, paths or addresses.</summary>
    public static string ReasonOf(StoreUnavailableException fault) => fault.Code switch
    {
        "busy" => "busy",
        "full" => "disk full",
        "io" => "input or output error",
        "corrupt" => "damaged",
        "schema" or "suspect_schema" => "schema does not fit",
        "timeout" => "no answer in time",
        StoreUnavailableException.Moved => "taken away",
        "connection" => ReasonOfConnection(fault),
        StoreUnavailableException.CircuitOpen => "circuit breaker open",
        _ => "error",
    };

    /// <summary>What an operator can do about it, in a sentence.</summary>
    public static string AdviceFor(string code) => code switch
    {
        "starting" => "It is being opened.",
        "busy" => "It is asked again by itself.",
        "full" => "Make room on its disk.",
        "io" => "Check its disk and the rights on its files; the log says which.",
        "corrupt" => "Restore it from a backup, or move it away; the log says how.",
        "schema" or "suspect_schema" => "Restore what was changed in its schema; the log says what.",
        "timeout" => "Ask for less, or check its load and the network.",
        StoreUnavailableException.Moved => "It is being opened again.",
        "connection" => "Start it, or correct how it is reached; the log has the details.",
        StoreUnavailableException.CircuitOpen => "It is asked again when the circuit breaker lets something through.",
        _ => "The log has the details.",
    };

    private static string ReasonOfConnection(Exception fault)
    {
        for (var cause = fault.InnerException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return "connection refused";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }:
                    return "host not found";
                case DbException { SqlState: { Length: 5 } state }:
                    return ReasonOfState(state);
            }
        }

        return "cannot be reached";
    }

    private static string ReasonOfState(string sqlState) => sqlState[..2] switch
    {
        "28" => "login refused",
        "3D" => "no such database",
        "57" => "stopping or starting",
        "25" => "read-only",
        _ => "cannot be reached",
    };
}
