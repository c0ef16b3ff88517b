using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>The answer to a request with events. What it calls accepted is durable.</summary>
internal sealed record IntakeResult
{
    public required IntakeStatus Status { get; init; }

    /// <summary>Why the request as a whole was refused; null when it was taken.</summary>
    public string? Problem { get; init; }

    /// <summary>Events that are durable now, repeats included: whether a repeat is stored again is the store's decision.</summary>
    public int Accepted { get; init; }

    /// <summary>How many of the accepted are known to repeat an id sent before; best effort.</summary>
    public int Duplicates { get; init; }

    public IReadOnlyList<RejectedItem> Rejected { get; init; } = [];

    /// <summary>What the event became, when the request was a single object that was accepted.</summary>
    public AcceptedEvent? Only { get; init; }
}

/// <summary>A single accepted event, for the answer on a WebSocket.</summary>
internal sealed record AcceptedEvent(string EventType, EventReceipt Receipt);

/// <summary>Takes events in: decodes, judges, makes durable, answers.</summary>
internal sealed class EventIntake(EventDecoder decoder, Recorder recorder, ValidationMetrics metrics, Refusals refusals) : IEventIntake
{
    private readonly RecentIds _recentIds = new();

    /// <summary>Who is told of failures that came from outside; null: nobody.</summary>
    public IFailureObserver? Failures { get; init; }

    /// <summary>Takes the events of a body from outside, of somebody on this machine.</summary>
    /// <inheritdoc cref="IngestAsync(ReadOnlyMemory{byte}, EventFormat, EventSender, CancellationToken)"/>
    public ValueTask<IntakeResult> IngestAsync(ReadOnlyMemory<byte> body, EventFormat format, CancellationToken cancellationToken) =>
        IngestAsync(body, format, EventSender.Local, cancellationToken);

    /// <summary>Takes the events of a body from outside. Whatever is wrong with the body or its items is in the answer.</summary>
    /// <exception cref="SpoolFullException">The spool's budget is used up; nothing was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The disk cannot be written; nothing was acknowledged.</exception>
    public async ValueTask<IntakeResult> IngestAsync(ReadOnlyMemory<byte> body, EventFormat format, EventSender sender, CancellationToken cancellationToken)
    {
        var (result, failures) = await TakeAsync(body, format, fromOutside: true, cancellationToken);
        if (failures.Count > 0 && Failures is { } observer)
        {
            await observer.OnFailuresAsync(failures, sender);
        }

        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(monitoringEvent);

        // The same bytes as over HTTP, so that the same rules hold without being written twice.
        var (result, _) = await TakeAsync(EventWire.Write(monitoringEvent), EventFormat.JsonObject, fromOutside: false, cancellationToken);
        return result.Only?.Receipt ?? throw new EventRejectedException(Errors(result));
    }

    private async ValueTask<(IntakeResult Result, IReadOnlyList<ReportedFailure> Failures)> TakeAsync(
        ReadOnlyMemory<byte> body, EventFormat format, bool fromOutside, CancellationToken cancellationToken)
    {
        var decoded = decoder.Decode(body, format, fromOutside);
        CountRefused(decoded);
        var receipt = await RecordAsync(decoded, cancellationToken);
        metrics.Add(decoded.Validation);
        var result = new IntakeResult
        {
            Status = decoded.Status,
            Problem = decoded.Problem,
            Accepted = decoded.Accepted,
            Duplicates = _recentIds.CountRepeats(decoded.ClientIds),
            Rejected = decoded.Rejected,
            Only = decoded.Only is { } only && receipt is not null ? Accepted(only, receipt) : null,
        };
        return (result, decoded.Failures);
    }

    private async ValueTask<SpoolReceipt?> RecordAsync(DecodedRequest decoded, CancellationToken cancellationToken)
    {
        var nothing = decoded.Entries.Count == 0 && decoded.Validation.Count == 0;
        return nothing ? null : await recorder.RecordEventsAsync(new SpoolAppend(decoded.Entries, decoded.Validation), cancellationToken);
    }

    private void CountRefused(DecodedRequest decoded)
    {
        if (decoded.Status is IntakeStatus.Unreadable)
        {
            refusals.Add(SpoolKind.Event, RefusalReason.Unreadable, 1);
        }
        else if (decoded.Status is IntakeStatus.TooLarge)
        {
            refusals.Add(SpoolKind.Event, RefusalReason.TooLarge, 1);
        }
        else
        {
            refusals.Add(SpoolKind.Event, RefusalReason.Invalid, decoded.Rejected.Count + decoded.GoodButRefused);
        }
    }

    private AcceptedEvent Accepted(OnlyEvent only, SpoolReceipt receipt) =>
        new(only.EventType, new EventReceipt(only.EventId, recorder.Epoch, receipt.Positions[0].FirstSequence));

    private static IReadOnlyList<EventError> Errors(IntakeResult result) =>
        result.Rejected.Count > 0 ? result.Rejected[0].Errors : [new("size", "event", result.Problem!)];
}
