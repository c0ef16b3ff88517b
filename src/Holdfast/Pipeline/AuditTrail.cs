using System.Text.Json.Nodes;
using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Resilience;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Writes down what operators do, in three places: the log at once; an event <c>operator_action</c>, which the spool makes durable before
/// the operator has an answer; and the audit table of the store, when the store can be reached. An operator is never refused for lack of a
/// place to write: resetting a breaker may be what makes room.
/// </summary>
internal sealed class AuditTrail(IEventIntake intake, ITelemetryStore store, TimeProvider time, ILogger<AuditTrail> logger) : ILoop
{
    /// <summary>Type of the event.</summary>
    public const string EventType = "operator_action";

    private const string WithoutDetails = """{"details": "refused by the store"}""";

    /// <summary>Entries that wait for the table. People do not act faster; what does not fit is an event all the same.</summary>
    private const int WaitingMax = 1_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly Channel<AuditEntry> _waiting = Channel.CreateBounded<AuditEntry>(WaitingMax);

    public string Name => "audit";

    /// <summary>Notes what was done. It is durable when this completes, unless the log says that the spool took nothing.</summary>
    public async ValueTask RecordAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        logger.OperatorActed(entry.Actor, entry.Action, entry.Target, entry.Reason ?? "no reason given");
        if (!_waiting.Writer.TryWrite(entry))
        {
            logger.AuditIncomplete(entry.AuditId, "the table", "Too many entries wait for the store.");
        }

        try
        {
            await intake.RecordAsync(ToEvent(entry), cancellationToken);
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException or EventRejectedException)
        {
            logger.AuditIncomplete(entry.AuditId, "the events", fault.Message);
        }
    }

    /// <summary>Brings the entries into the table, in order. What is left when the process leaves is in the events.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_waiting.Reader.TryPeek(out var next))
            {
                if (await IsSettledAsync(next, cancellationToken))
                {
                    _waiting.Reader.TryRead(out _);
                }
            }
        }
    }

    /// <summary>True when the table holds the entry, or never will.</summary>
    private async ValueTask<bool> IsSettledAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await store.RecordAuditAsync(entry, cancellationToken);
            return true;
        }
        catch (StoreUnavailableException refused) when (StoreFaults.Classify(refused) == ErrorClass.Data)
        {
            // Asking again would not help it, and those behind it would wait for ever. Who did what must be there, whatever is wrong with the rest.
            logger.AuditIncomplete(entry.AuditId, "the table", refused.Message);
            return entry.DetailsJson == WithoutDetails || await IsSettledAsync(entry with { DetailsJson = WithoutDetails }, cancellationToken);
        }
        catch (StoreUnavailableException unavailable)
        {
            // Not for the whole of a break: who closes the breaker by hand is told of here, and an open one refuses for nothing.
            await Task.Delay(unavailable.RetryAfter < RetryDelay ? unavailable.RetryAfter.Value : RetryDelay, time, cancellationToken);
            return false;
        }
    }

    private static MonitoringEvent ToEvent(AuditEntry entry) => new()
    {
        EventType = EventType,
        EventId = entry.AuditId,
        Timestamp = entry.At,
        Source = SystemEvents.Source,
        Category = EventCategory.System,
        Data = new JsonObject
        {
            ["actor"] = entry.Actor,
            ["action"] = entry.Action,
            ["target"] = entry.Target,
            ["reason"] = entry.Reason,
            ["details"] = JsonNode.Parse(entry.DetailsJson),
        },
    };
}
