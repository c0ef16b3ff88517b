using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Retry;

/// <summary>
/// Which failures are executed again. What must not be: what the queue itself says (it would feed itself for ever), what is marked so, what
/// the bus says of handlers (no operation of anybody's failed), and what is the caller's own fault, which no repetition mends. Pure.
/// </summary>
internal static class CaptureRules
{
    private static readonly string[] CallersFaults = ["validation", "unauthorized", "forbidden", "not_found", "not found"];

    public static Capture Judge(BusEvent failure, OutsideTypes outside)
    {
        if (IgnoredBecause(failure) is { } because)
        {
            return new Capture.Ignored(because);
        }

        var notice = FailureNotice.Read(failure);
        return IsCallersFault(notice) ? new Capture.Ignored("callers_fault")
            : notice.Operation is not { } operation ? new Capture.NotExecutable(notice.Fault ?? "it carries no operation")
            : outside.Refuse(operation.OperationType, failure.Tags) is { } why ? new Capture.NotExecutable(why)
                : new Capture.Taken(Complete(operation, failure));
    }

    private static string? IgnoredBecause(BusEvent failure) =>
        failure.Type.StartsWith("retry.", StringComparison.Ordinal) && failure.Type != RetryEventTypes.Schedule ? "own"
        : failure.Type.StartsWith("bus.", StringComparison.Ordinal) ? "bus"
        : failure.NoRetry ? "no_retry"
        : failure.Type == "eventfilter.command.error" ? "callers_fault"
        : null;

    // The class is what counts. Where none is said, the text may begin with one: words within it mean nothing ("relation not found").
    private static bool IsCallersFault(FailureNotice notice) =>
        (notice.ErrorClass ?? notice.Error) is { } text
        && CallersFaults.Any(fault => notice.ErrorClass is null ? text.StartsWith(fault, StringComparison.OrdinalIgnoreCase) : text.Equals(fault, StringComparison.OrdinalIgnoreCase));

    private static RetryDraft Complete(RetryDraft operation, BusEvent failure) => operation with
    {
        CorrelationId = operation.CorrelationId ?? failure.CorrelationId?.ToString(),
        Id = operation.Id ?? (failure.Data is OutsideEvent outside ? ItemOf(outside.EventId) : null),
        OriginalEvent = operation.OriginalEvent ?? FailureJson.Write(failure, withOperation: false),
    };

    /// <summary>
    /// The item of an event from outside: always the same, so that one that is sent twice is executed once, and another id than the event's,
    /// because an item that publishes an event gives it its own id, and the store would take it for the one that told of the failure.
    /// </summary>
    private static Guid ItemOf(Guid eventId)
    {
        Span<byte> bytes = stackalloc byte[16];
        eventId.TryWriteBytes(bytes, bigEndian: true, out _);

        // Behind what says when it was made, and of which version and variant the id is.
        var random = bytes[9..];
        for (var i = 0; i < random.Length; i++)
        {
            random[i] ^= "retried"u8[i];
        }

        return new Guid(bytes, bigEndian: true);
    }
}
