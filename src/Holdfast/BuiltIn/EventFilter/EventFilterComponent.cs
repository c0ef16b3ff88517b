using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>
/// Brings events of the bus where the rules say, and commands from rooms to those who execute them. Each rule has a queue of its own, so one that
/// waits for the disk or for a room holds up no other.
/// </summary>
internal sealed class EventFilterComponent(EventRuleBook book, IEventIntake intake, EventRuleMetrics metrics, ILogger<EventFilterComponent> logger) : IComponent
{
    public const string ComponentName = "eventfilter";

    // No rule takes them, and in a full queue a critical one would be waited for by the rule that has published it: for ever, or by two for each other.
    private static readonly SubscriptionOptions Listening = new() { Except = EventMarks.Routed };

    private readonly Lock _gate = new();
    private readonly Dictionary<EventRule, IDisposable> _subscriptions = [];
    private ComponentContext? _context;
    private EventFilterNews? _news;
    private RoomSpeaker? _rooms;
    private bool _running;

    public string Name => ComponentName;

    // Rooms stop after it: what it still has to say can be said.
    public ComponentDependencies Dependencies { get; } = new([], [RoomsComponent.ComponentName]);

    public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        (_context, _news, _rooms) = (context, new EventFilterNews(context.Bus), new RoomSpeaker(context.Bus));
        new RoomCommands(context.Bus, _rooms, context.Time, logger).Listen();
        book.Changed = Apply;
        return ValueTask.CompletedTask;
    }

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await book.ReadAsync(cancellationToken);
        }
        catch (EventRulesException fault)
        {
            _news!.NotKept(fault.Message);
            throw;
        }

        lock (_gate)
        {
            _running = true;
        }

        Apply();
    }

    public ValueTask StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _running = false;
            EndAllBut([]);
        }

        return ValueTask.CompletedTask;
    }

    // Rules that stay keep their subscriptions, and with them what waits there.
    private void Apply()
    {
        lock (_gate)
        {
            if (!_running)
            {
                return;
            }

            var wanted = book.Current.Where(rule => rule.Enabled).ToHashSet();
            EndAllBut(wanted);
            foreach (var rule in wanted.Where(rule => !_subscriptions.ContainsKey(rule)))
            {
                _subscriptions[rule] = _context!.Bus.Subscribe(rule.Pattern, (happened, token) => RouteAsync(rule, happened, token), Listening);
            }
        }
    }

    private void EndAllBut(HashSet<EventRule> wanted)
    {
        foreach (var (rule, subscription) in _subscriptions.Where(one => !wanted.Contains(one.Key)).ToList())
        {
            subscription.Dispose();
            _subscriptions.Remove(rule);
        }
    }

    private async ValueTask RouteAsync(EventRule rule, BusEvent happened, CancellationToken cancellationToken)
    {
        if (!rule.Takes(happened))
        {
            return;
        }

        var routed = rule.Destination switch
        {
            { Room: { } room } => await SayAsync(new RoomMessage(room, RuleText.Of(rule, happened)) { To = rule.Destination.User }, happened, cancellationToken),
            { PublishAs: { } type } => await PublishAsync(type, happened, cancellationToken),
            _ => await RecordAsync(happened, cancellationToken),
        };
        metrics.Routed(rule.Name, routed ? "routed" : "failed");
    }

    private async ValueTask<bool> PublishAsync(string type, BusEvent happened, CancellationToken cancellationToken)
    {
        var metadata = happened.Metadata with { Source = happened.Source, Tags = [.. happened.Tags, EventMarks.Routed] };
        var result = await _context!.Bus.PublishAsync(type, happened.Data, metadata, cancellationToken);
        if (result.Dropped > 0)
        {
            _news!.NotRouted(happened, operation: null, $"{result.Dropped} subscribers of {type} had no room for it.");
        }

        return result.Dropped == 0;
    }

    private async ValueTask<bool> SayAsync(RoomMessage message, BusEvent happened, CancellationToken cancellationToken)
    {
        if (await _rooms!.SayAsync(message, cancellationToken) is not { } refused)
        {
            return true;
        }

        _news!.NotSaid(happened, message, refused.Message, refused.ErrorClass);
        return false;
    }

    // What came from outside is in the record already.
    private async ValueTask<bool> RecordAsync(BusEvent happened, CancellationToken cancellationToken)
    {
        if (happened.Data is OutsideEvent)
        {
            return true;
        }

        var recorded = ToRecord(happened);
        try
        {
            await intake.RecordAsync(recorded, cancellationToken);
            return true;
        }
        catch (EventRejectedException rejected)
        {
            _news!.NotRouted(happened, operation: null, rejected.Message);
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException)
        {
            _news!.NotRouted(happened, ToOperation(recorded), fault.Message);
        }

        return false;
    }

    private static MonitoringEvent ToRecord(BusEvent happened) => new()
    {
        EventType = happened.Type,
        Source = happened.Source.Length == 0 ? null : happened.Source,
        Timestamp = happened.Timestamp,
        Data = EventData.Of(happened.Data),
        Metadata = happened.CorrelationId is { } id ? new JsonObject { ["correlation_id"] = id } : null,
    };

    private static RetryDraft ToOperation(MonitoringEvent recorded)
    {
        var payload = new JsonObject { ["data"] = recorded.Data.DeepClone(), ["timestamp"] = recorded.Timestamp };
        if (recorded.Source is { } source)
        {
            payload["source"] = source;
        }

        if (recorded.Metadata is { } metadata)
        {
            payload["metadata"] = metadata.DeepClone();
        }

        // A correlation of its own: two events of one cause are two.
        return new RetryDraft
        {
            OperationType = "event_publish",
            Target = recorded.EventType,
            Payload = JsonSerializer.SerializeToElement(payload),
            CorrelationId = $"event_publish/{Guid.NewGuid()}",
        };
    }
}
