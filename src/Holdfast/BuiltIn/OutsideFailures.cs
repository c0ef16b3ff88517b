using System.Text.Json;
using Holdfast.Events;
using Holdfast.Pipeline;

namespace Holdfast.BuiltIn;

/// <summary>
/// Puts failures that came from outside onto the bus, after they are recorded and before the answer: whoever sends faster than they are dealt
/// with waits, but for a bounded time. What finds no room even then is recorded all the same, and counts as dropped by the bus.
/// </summary>
internal sealed class OutsideFailures(IEventBus bus, TimeProvider time) : IFailureObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly string[] Marks = [EventMarks.Outside];
    private static readonly string[] RecordOnlyMarks = [EventMarks.Outside, EventMarks.RecordOnly];

    public async ValueTask OnFailuresAsync(IReadOnlyList<ReportedFailure> failures, EventSender sender)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        foreach (var failure in failures)
        {
            var told = new OutsideEvent(failure.EventId, Parse(failure.Data), Parse(failure.Metadata)) { Sender = sender.Name };
            await bus.PublishAsync(failure.EventType, told, MetadataOf(failure, told.Metadata, sender.MayHandIn ? Marks : RecordOnlyMarks), patience.Token);
        }
    }

    private static EventMetadata MetadataOf(ReportedFailure failure, JsonElement metadata, string[] marks) => new()
    {
        Priority = EventPriority.Critical,
        Source = failure.Source,
        Tags = marks,
        NoRetry = metadata.TryGetProperty("no_retry", out var mark) && mark.ValueKind == JsonValueKind.True,
        CorrelationId = metadata.TryGetProperty("correlation_id", out var id) && id.ValueKind == JsonValueKind.String && id.TryGetGuid(out var correlation) ? correlation : null,
    };

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
