using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>What people do to single items; everything that changed something is written down in the audit.</summary>
/// <param name="wake">Tells the workers that something is due.</param>
internal sealed class RetryDesk(IRetryStore store, AuditTrail audit, TimeProvider time, Action wake)
{
    // Of a request with thousands; the rest is found by when they came.
    private const int HandedInShown = 20;

    // An event may not be larger than 256 KiB.
    private const int PayloadInAuditMax = 64 << 10;

    /// <summary>Puts an item back into the queue, due at once, with all its attempts again.</summary>
    public async Task<RetryChange> RequeueAsync(Guid id, Act act, CancellationToken cancellationToken)
    {
        var change = await RecordedAsync("retry.requeue", id, act, () => store.RequeueAsync(id, cancellationToken));
        if (change.Result == RetryChangeResult.Done)
        {
            wake();
        }

        return change;
    }

    /// <summary>Gives an item up.</summary>
    public async Task<RetryChange> CancelAsync(Guid id, Act act, CancellationToken cancellationToken) =>
        await RecordedAsync("retry.cancel", id, act, () => store.CancelAsync(id, cancellationToken));

    /// <summary>Takes an item out of the queue until somebody puts it back.</summary>
    public async Task<RetryChange> DeadLetterAsync(Guid id, Act act, CancellationToken cancellationToken) =>
        await RecordedAsync(
            "retry.dead_letter", id, act, () => store.DeadLetterAsync(id, act.Reason ?? "Taken out of the queue by an operator.", cancellationToken));

    /// <summary>Puts another payload in the place of the one that the operator saw.</summary>
    public async Task<RetryChange> EditAsync(RetryItem seen, ReadOnlyMemory<byte> payload, Act act, CancellationToken cancellationToken)
    {
        var change = await OperatorAction.AskAsync(
            () => store.EditAsync(seen.Id, seen.Version, payload, cancellationToken), details => RecordAsync("retry.edit", seen.Id, act, details));
        if (change.Result == RetryChangeResult.Done)
        {
            await RecordAsync("retry.edit", seen.Id, act, json =>
            {
                WritePayload(json, "before", seen.What.Payload);
                WritePayload(json, "after", payload);
            });
        }

        return change;
    }

    /// <summary>Notes who has handed in what.</summary>
    public async Task RecordHandInAsync(IReadOnlyList<RetryDraft> drafts, IReadOnlyList<EnqueuedRetry> items, string actor)
    {
        var target = items.Count == 1 ? $"{items[0].Id}" : $"{items.Count} retries";
        await audit.RecordAsync(OperatorAction.Entry(time, "retry.enqueue", target, new Act(actor), json => WriteHandIn(json, drafts, items)), CancellationToken.None);
    }

    private static void WriteHandIn(Utf8JsonWriter json, IReadOnlyList<RetryDraft> drafts, IReadOnlyList<EnqueuedRetry> items)
    {
        json.WriteNumber("items"u8, items.Count);
        json.WriteStartArray("first"u8);
        foreach (var (draft, item) in drafts.Zip(items).Take(HandedInShown))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, item.Id);
            json.WriteString("operation_type"u8, draft.OperationType);
            json.WriteString("target"u8, draft.Target);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task<RetryChange> RecordedAsync(string action, Guid id, Act act, Func<ValueTask<RetryChange>> ask)
    {
        var change = await OperatorAction.AskAsync(ask, details => RecordAsync(action, id, act, details));
        if (change is { Result: RetryChangeResult.Done, Item: { } item })
        {
            await RecordAsync(action, id, act, json =>
            {
                json.WriteString("operation_type"u8, item.What.OperationType);
                json.WriteString("status"u8, RetryJson.NameOf(item.Status));
            });
        }

        return change;
    }

    // It has been done, whoever is gone.
    private ValueTask RecordAsync(string action, Guid id, Act act, Action<Utf8JsonWriter> details) =>
        audit.RecordAsync(OperatorAction.Entry(time, action, $"{id}", act, details), CancellationToken.None);

    private static void WritePayload(Utf8JsonWriter json, string name, ReadOnlyMemory<byte> payload)
    {
        json.WritePropertyName(name);
        if (payload.Length <= PayloadInAuditMax)
        {
            json.WriteRawValue(payload.Span);
        }
        else
        {
            json.WriteStringValue($"{payload.Length} bytes: too large for an audit entry");
        }
    }
}
