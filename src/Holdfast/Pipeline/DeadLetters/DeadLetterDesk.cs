using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>What an operation over many letters is to do.</summary>
/// <param name="Said">The filter as it was said, for the audit: a JSON object.</param>
internal sealed record BulkOrder(DeadLetterFilter Filter, int Limit, bool DryRun, Act Act, string Said);

/// <summary>What an operation over many letters came to; all counts are letters.</summary>
/// <param name="Matched">Found by the filter, up to the limit.</param>
internal sealed record BulkResult(long Matched, long Recovered = 0, long Refused = 0, long Failed = 0, long Discarded = 0, long Skipped = 0);

/// <summary>What an editor wants.</summary>
/// <param name="Written">Members to change, or with <paramref name="Whole"/> the whole payload.</param>
/// <param name="Seen">The versions it was written over, any of which will do; null when whatever is there is to be changed.</param>
internal sealed record EditOrder(JsonObject Written, bool Whole, IReadOnlyList<int>? Seen, Act Act);

/// <summary>How an edit ended; exactly one of its members says it.</summary>
internal sealed record EditResult
{
    /// <summary>Edited: as it is now.</summary>
    public DeadLetter? Letter { get; init; }

    /// <summary>Why its state forbids it.</summary>
    public string? Conflict { get; init; }

    /// <summary>Somebody else has edited it since: as it is now.</summary>
    public DeadLetter? Newer { get; init; }

    /// <summary>What is wrong with the payload.</summary>
    public IReadOnlyList<EventError> Errors { get; init; } = [];
}

/// <summary>What people do to dead letters; everything is written down in the audit, with what it came to.</summary>
internal sealed class DeadLetterDesk(IDeadLetterStore letters, DeadLetterEditor editor, AuditTrail audit, DeadLetterContext context)
{
    /// <summary>Letters that one operation may concern.</summary>
    public const int BulkMax = 10_000;

    // Letters of one transaction: others wait for it.
    private const int ChunkMax = 500;

    // An event may not be larger than 256 KiB; the audit's table has the payload whole.
    private const int BytesInEventMax = 64 << 10;

    /// <summary>Tries a letter now; at its limit it gets one attempt more. Null when there is none.</summary>
    public async Task<ReplayOutcome?> ReplayAsync(long id, Act act, CancellationToken cancellationToken)
    {
        if (await letters.GetAsync(id, cancellationToken) is null)
        {
            return null;
        }

        var outcome = (await OperatorAction.AskAsync(
            () => letters.ReplayAsync(new ReplayOrder([id], LeasedBy: null, context.DelayAfter), CancellationToken.None),
            details => RecordAsync("dead_letter.replay", $"{id}", act, details)))[0];
        if (outcome.Result != ReplayResult.Skipped)
        {
            await RecordAsync("dead_letter.replay", $"{id}", act, json =>
            {
                json.WriteString("outcome"u8, NameOf(outcome.Result));
                json.WriteString("refusal"u8, outcome.Refusal?.Reason);
                json.WriteBoolean("limit_raised"u8, outcome.LimitRaised);
            });
        }

        return outcome;
    }

    /// <summary>Gives a letter up. False when there is none, it is done with, or a worker has it.</summary>
    public async Task<bool> DiscardAsync(long id, Act act, CancellationToken cancellationToken)
    {
        var discarded = await OperatorAction.AskAsync(
            () => letters.DiscardAsync([id], cancellationToken), details => RecordAsync("dead_letter.discard", $"{id}", act, details));
        if (discarded.Count > 0)
        {
            await RecordAsync("dead_letter.discard", $"{id}", act, _ => { });
        }

        return discarded.Count > 0;
    }

    public Task<BulkResult> ReplayMatchingAsync(BulkOrder order, CancellationToken cancellationToken) =>
        OverManyAsync("dead_letter.replay_matching", order, ReplayChunkAsync, cancellationToken);

    public Task<BulkResult> DiscardMatchingAsync(BulkOrder order, CancellationToken cancellationToken) =>
        OverManyAsync("dead_letter.discard_matching", order, DiscardChunkAsync, cancellationToken);

    /// <summary>Puts a payload in the place of the letter's; it must pass what an item of the intake passes.</summary>
    public async Task<EditResult> EditAsync(DeadLetter letter, EditOrder order, CancellationToken cancellationToken)
    {
        if (ConflictOf(letter, order.Whole) is { } conflict)
        {
            return new EditResult { Conflict = conflict };
        }

        var edited = editor.Read(letter, order.Written, order.Whole);
        if (edited.Errors.Count > 0)
        {
            return new EditResult { Errors = edited.Errors };
        }

        if (IsStale(order, letter))
        {
            return new EditResult { Newer = letter };
        }

        var entry = Entry("dead_letter.edit", $"{letter.Id}", order.Act, json => WriteBeforeAndAfter(json, letter.PayloadJson, edited.Json, int.MaxValue));
        var edit = new DeadLetterEdit(letter.Id, letter.Version, edited.Payload, edited.FormatVersion, edited.Json) { Audit = entry };
        if (await letters.EditAsync(edit, cancellationToken) is not { } now)
        {
            return WhyNot(await letters.GetAsync(letter.Id, cancellationToken), order);
        }

        // In the table since that transaction; here for the log and the events, which the same id makes harmless.
        await audit.RecordAsync(
            entry with { DetailsJson = OperatorAction.Details(json => WriteBeforeAndAfter(json, letter.PayloadJson, edited.Json, BytesInEventMax)) }, CancellationToken.None);
        return new EditResult { Letter = now };
    }

    /// <summary>What a purge would delete, and of before which instant.</summary>
    public async Task<(DateTimeOffset Before, IReadOnlyList<DeadLetterPurgeable> Counts)> CountPurgeableAsync(
        int olderThanDays, DeadLetterStatus? status, CancellationToken cancellationToken)
    {
        var purge = PurgeOf(olderThanDays, status);
        return (purge.Before, await letters.CountPurgeableAsync(purge, cancellationToken));
    }

    /// <summary>Deletes letters for good.</summary>
    public async Task<DeadLetterPurged> PurgeAsync(int olderThanDays, DeadLetterStatus? status, Act act, CancellationToken cancellationToken)
    {
        var purge = PurgeOf(olderThanDays, status);
        var total = default(DeadLetterPurged);
        try
        {
            for (var more = true; more;)
            {
                var step = await letters.PurgeAsync(purge, cancellationToken);
                total += step;
                more = step.More;
            }

            return total with { More = false };
        }
        finally
        {
            await RecordAsync("dead_letter.purge", "dead_letters", act, json =>
            {
                json.WriteNumber("older_than_days"u8, olderThanDays);
                json.WriteString("status"u8, status is { } only ? DeadLetterStatuses.NameOf(only) : null);
                json.WriteNumber("purged"u8, total.Letters);
                json.WriteNumber("rows_discarded"u8, total.RowsDiscarded);
            });
        }
    }

    public static string NameOf(ReplayResult result) => result switch
    {
        ReplayResult.Recovered => "recovered",
        ReplayResult.Refused => "refused",
        ReplayResult.Failed => "failed",
        _ => "skipped",
    };

    private DeadLetterPurge PurgeOf(int olderThanDays, DeadLetterStatus? status) =>
        new(context.Time.GetUtcNow() - TimeSpan.FromDays(olderThanDays), status is { } only ? [only] : DeadLetterPurge.NotWaiting);

    private static bool IsStale(EditOrder order, DeadLetter letter) => order.Seen is { } seen && !seen.Contains(letter.Version);

    /// <summary>Why the store did not take an edit that was in order a moment before.</summary>
    private EditResult WhyNot(DeadLetter? now, EditOrder order) =>
        now is null ? new EditResult { Conflict = "It was purged at this moment." }
        : ConflictOf(now, order.Whole) is { } conflict ? new EditResult { Conflict = conflict }
        : IsStale(order, now) ? new EditResult { Newer = now }
        : new EditResult { Conflict = "Somebody else changed it at this moment: send the edit again, and it is made over what is there then." };

    private string? ConflictOf(DeadLetter letter, bool whole) =>
        letter.RowCount != 1 ? $"It stands for {letter.RowCount} rows that could not be read: it can be replayed by a version that reads them, or discarded."
        : !letter.IsOpenAt(context.Time.GetUtcNow()) ? $"It is {DeadLetterStatuses.NameOf(letter.Status)}: only a letter that is pending or failed can be edited."
        : !whole && !DeadLetterEditor.HasMembers(letter) ? "It is shown as bytes: it can only be replaced whole (replace: true)."
        : null;

    private async Task<BulkResult> OverManyAsync(
        string action, BulkOrder order, Func<IReadOnlyList<long>, BulkResult, CancellationToken, Task<BulkResult>> workAsync, CancellationToken cancellationToken)
    {
        var ids = await letters.FindAsync(order.Filter with { OpenOnly = true }, order.Limit, cancellationToken);
        var result = new BulkResult(ids.Count);
        if (order.DryRun)
        {
            return result;
        }

        try
        {
            foreach (var chunk in ids.Chunk(Math.Min(context.Options().BatchSize, ChunkMax)))
            {
                result = await workAsync(chunk, result, cancellationToken);
            }

            return result;
        }
        finally
        {
            // Also when it ended half-way: what was done was done.
            await RecordAsync(action, "dead_letters", order.Act, json => WriteBulk(json, order, result));
        }
    }

    private async Task<BulkResult> ReplayChunkAsync(IReadOnlyList<long> ids, BulkResult sum, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = await letters.ReplayAsync(new ReplayOrder(ids, LeasedBy: null, context.DelayAfter), CancellationToken.None);
        return sum with
        {
            Recovered = sum.Recovered + outcomes.Count(outcome => outcome.Result == ReplayResult.Recovered),
            Refused = sum.Refused + outcomes.Count(outcome => outcome.Result == ReplayResult.Refused),
            Failed = sum.Failed + outcomes.Count(outcome => outcome.Result == ReplayResult.Failed),
            Skipped = sum.Skipped + outcomes.Count(outcome => outcome.Result == ReplayResult.Skipped),
        };
    }

    private async Task<BulkResult> DiscardChunkAsync(IReadOnlyList<long> ids, BulkResult sum, CancellationToken cancellationToken)
    {
        var discarded = await letters.DiscardAsync(ids, cancellationToken);
        return sum with { Discarded = sum.Discarded + discarded.Count, Skipped = sum.Skipped + ids.Count - discarded.Count };
    }

    private static void WriteBulk(Utf8JsonWriter json, BulkOrder order, BulkResult result)
    {
        json.WritePropertyName("filter"u8);
        json.WriteRawValue(order.Said);
        json.WriteNumber("limit"u8, order.Limit);
        json.WriteNumber("matched"u8, result.Matched);
        json.WriteNumber("recovered"u8, result.Recovered);
        json.WriteNumber("refused"u8, result.Refused);
        json.WriteNumber("failed"u8, result.Failed);
        json.WriteNumber("discarded"u8, result.Discarded);
        json.WriteNumber("skipped"u8, result.Skipped);
    }

    private static void WriteBeforeAndAfter(Utf8JsonWriter json, string before, string after, int bytesMax)
    {
        foreach (var (name, payload) in new[] { ("before", before), ("after", after) })
        {
            json.WritePropertyName(name);
            if (Encoding.UTF8.GetByteCount(payload) <= bytesMax)
            {
                json.WriteRawValue(payload);
            }
            else
            {
                json.WriteStringValue("too large for an event; see the audit");
            }
        }
    }

    private ValueTask RecordAsync(string action, string target, Act act, Action<Utf8JsonWriter> details) =>
        audit.RecordAsync(Entry(action, target, act, details), CancellationToken.None); // it has been done, whoever is gone

    private AuditEntry Entry(string action, string target, Act act, Action<Utf8JsonWriter> details) =>
        OperatorAction.Entry(context.Time, action, target, act, details);
}
