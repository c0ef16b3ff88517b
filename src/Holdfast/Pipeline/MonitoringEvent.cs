using System.Text.Json.Nodes;

namespace Holdfast.Pipeline;

/// <summary>A fact that happened, as an application hands it to <see cref="IEventIntake"/>.</summary>
public sealed record MonitoringEvent
{
    /// <summary>What happened, 1 to 50 characters: <c>order.failed</c>.</summary>
    public required string EventType { get; init; }

    /// <summary>Any JSON object, up to 256 KiB and 32 levels. Default: empty.</summary>
    public JsonObject Data { get; init; } = [];

    /// <summary>When it happened. Default: when it is recorded.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>Who says so, up to 100 characters. Default: <c>unknown</c>.</summary>
    public string? Source { get; init; }

    /// <summary>What travels beside the data: correlation ids and the like. Default: empty. The intake adds <c>checksum</c>.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>Default: chosen by the classifier from type and data.</summary>
    public EventCategory? Category { get; init; }

    /// <summary>Identity; the same id within 24 hours is stored once. Default: a new UUID (version 7).</summary>
    public Guid? EventId { get; init; }
}

/// <summary>What an accepted event became. It is durable when you hold this.</summary>
/// <param name="EventId">Its identity.</param>
/// <param name="Epoch">The stream it is in.</param>
/// <param name="SequenceId">Its position in that stream.</param>
public sealed record EventReceipt(Guid EventId, Guid Epoch, long SequenceId);

/// <summary>One thing that is wrong with an event.</summary>
/// <param name="Rule">The rule that was broken: <c>required_fields</c>, <c>data_types</c>, <c>event_type_format</c>, <c>source_format</c>, <c>timestamp_range</c>, <c>size</c>, <c>depth</c>, <c>json</c>, <c>checksum</c>.</param>
/// <param name="Field">The field, as on the wire: <c>event_type</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record EventError(string Rule, string Field, string Message);

/// <summary>An event was not accepted; nothing was recorded. <see cref="Errors"/> has every fault.</summary>
public sealed class EventRejectedException(IReadOnlyList<EventError> errors)
    : Exception("The event was rejected: " + string.Join("; ", errors.Select(e => $"{e.Field}: {e.Message}")))
{
    /// <summary>Every fault of the event, not only the first.</summary>
    public IReadOnlyList<EventError> Errors { get; } = errors;
}

/// <summary>The way in for .NET applications.</summary>
public interface IEventIntake
{
    /// <summary>Records an event. When the task completes, the event is durable: it survives a crash of this process.</summary>
    /// <exception cref="EventRejectedException">The event breaks a rule; all faults are listed.</exception>
    /// <exception cref="Spool.SpoolFullException">The spool's budget is used up; come back after its <c>RetryAfter</c>.</exception>
    /// <exception cref="Spool.SpoolUnavailableException">The disk cannot be written; nothing was recorded.</exception>
    ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default);
}
