using System.Text.Json;
using Holdfast.Events;
using Holdfast.Pipeline;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>What people do to the rules; what changed something is written down in the audit.</summary>
internal sealed class EventRuleDesk(EventRuleBook book, AuditTrail audit, IEventBus bus, TimeProvider time)
{
    private readonly EventFilterNews _news = new(bus);

    /// <exception cref="EventRulesException">They cannot be read.</exception>
    public Task<IReadOnlyList<EventRule>> ReadAsync(CancellationToken cancellationToken) => book.ReadAsync(cancellationToken);

    /// <exception cref="EventRulesException">They cannot be kept; nothing has changed.</exception>
    public async Task ReplaceAsync(IReadOnlyList<EventRule> rules, Act act, CancellationToken cancellationToken)
    {
        var before = await ReadableAsync(cancellationToken);
        try
        {
            await book.ReplaceAsync(rules, cancellationToken);
        }
        catch (EventRulesException fault)
        {
            _news.NotKept(fault.Message);
            throw;
        }

        // It has been done, whoever is gone.
        await audit.RecordAsync(
            OperatorAction.Entry(time, "event_rules.replace", EventRuleBook.FileName, act, json =>
            {
                WriteNames(json, "before", before);
                WriteNames(json, "after", rules);
            }),
            CancellationToken.None);
    }

    // Read for the audit also where the component is off. A file that cannot be read is what the new rules heal.
    private async Task<IReadOnlyList<EventRule>> ReadableAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await book.ReadAsync(cancellationToken);
        }
        catch (EventRulesException)
        {
            return [];
        }
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<EventRule> rules)
    {
        json.WriteStartArray(name);
        foreach (var rule in rules)
        {
            json.WriteStringValue($"{rule.Name}: {rule.Pattern} -> {rule.Destination}{(rule.Enabled ? "" : " (off)")}");
        }

        json.WriteEndArray();
    }
}
