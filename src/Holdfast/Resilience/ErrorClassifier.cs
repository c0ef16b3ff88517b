using System.Data.Common;
using System.Net.Sockets;
using Polly.Timeout;

namespace Holdfast.Resilience;

/// <summary>Sorts errors into classes. Knows SQLSTATEs as texts and the framework's exceptions, and no driver: a driver's own exceptions are sorted where the driver is.</summary>
public static class ErrorClassifier
{
    /// <summary>
    /// The class of an exception, also by what caused it. A cancellation is not sorted as <see cref="ErrorClass.Cancelled"/>: whose it was
    /// only the token tells, and that of a stranger (a client's own timeout) is an error like any other.
    /// </summary>
    public static ErrorClass Classify(Exception failure) => ClassifyByCause(failure);

    /// <summary>The class of an exception; <see cref="ErrorClass.Cancelled"/> when it is a cancellation and this token asked for it.</summary>
    public static ErrorClass Classify(Exception failure, CancellationToken cancellationToken) =>
        failure is OperationCanceledException && cancellationToken.IsCancellationRequested ? ErrorClass.Cancelled : ClassifyByCause(failure);

    /// <summary>The class of an SQLSTATE.</summary>
    /// <param name="sqlState">Five letters and digits; null or anything else is <see cref="ErrorClass.Unknown"/>.</param>
    /// <param name="routine">
    /// Where the server raised it. PostgreSQL reports a row without a partition as a violated check (23514), and from a real one tells it
    /// only that <c>ExecFindPartition</c> raised it: a trigger's own complaint has no constraint either. Null: not known.
    /// </param>
    /// <param name="cancelledByUs">Whether we asked for the cancellation, if it is one (57014); otherwise it was a timeout of the server.</param>
    public static ErrorClass ClassifySqlState(string? sqlState, string? routine = null, bool cancelledByUs = false)
    {
        if (sqlState is not { Length: 5 })
        {
            return ErrorClass.Unknown;
        }

        return sqlState switch
        {
            "23514" when routine == "ExecFindPartition" => ErrorClass.MissingPartition,
            "57014" when cancelledByUs => ErrorClass.Cancelled,
            _ => SqlStates.Find(sqlState),
        };
    }

    private static ErrorClass ClassifyByCause(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException or IOException or TimeoutException or TimeoutRejectedException)
            {
                return ErrorClass.Connectivity;
            }

            // The database has answered, so its own word counts and not what its driver made of it.
            if (cause is DbException { SqlState: { } state })
            {
                return ClassifySqlState(state);
            }
        }

        return ErrorClass.Unknown;
    }
}
