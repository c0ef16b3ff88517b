using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>Judges drafts and gives them what they left open. Pure: a draft has every fault listed, and each fault names its field.</summary>
internal static class RetryValidator
{
    /// <summary>Drafts at one time.</summary>
    public const int DraftsMax = 10_000;

    /// <summary>Of the event that told of the failure, as UTF-8.</summary>
    public const int OriginalEventBytesMax = 64 << 10;

    private const int TypeCharsMax = 100;
    private const int TargetCharsMax = 2_000;
    private const int KeyCharsMax = 255;
    private const int TagsMax = 20;
    private const int TagCharsMax = 100;
    private const int RetriesMax = 1_000;

    private static readonly TimeSpan TimeoutMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromHours(24);
    private static readonly TimeSpan DelayMax = TimeSpan.FromDays(365);
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    /// <summary>Every fault of every draft.</summary>
    public static IReadOnlyList<RetryError> FaultsOf(IReadOnlyList<RetryDraft> drafts)
    {
        List<RetryError> errors = [];
        for (var i = 0; i < drafts.Count; i++)
        {
            Judge(drafts[i], new Faults(errors, i));
        }

        return errors;
    }

    /// <summary>The items that the drafts become.</summary>
    /// <param name="drafts">As they came.</param>
    /// <param name="options">The policies that fill in what a draft leaves open.</param>
    /// <param name="now">Goes into new ids, and into nothing else.</param>
    /// <exception cref="RetryRejectedException">A draft breaks a rule; all faults of all drafts are listed.</exception>
    public static IReadOnlyList<NewRetry> Check(IReadOnlyList<RetryDraft> drafts, RetryQueueOptions options, DateTimeOffset now)
    {
        if (drafts.Count > DraftsMax)
        {
            throw new RetryRejectedException([new RetryError(DraftsMax, "items", $"There are {drafts.Count}; at most {DraftsMax} are taken at one time.")]);
        }

        var errors = FaultsOf(drafts);
        return errors.Count == 0 ? [.. drafts.Select(draft => Make(draft, options, now))] : throw new RetryRejectedException(errors);
    }

    private static void Judge(RetryDraft draft, Faults faults)
    {
        JudgeText(draft.OperationType, "operation_type", TypeCharsMax, faults);
        JudgeText(draft.Target, "target", TargetCharsMax, faults, mayBeEmpty: true);
        JudgeJson(draft.Payload, "payload", RetryPayload.BytesMax, faults);
        faults.AddIf(draft.Priority is < RetryOrder.PriorityMin or > RetryOrder.PriorityMax, "priority", $"{draft.Priority} is not from {RetryOrder.PriorityMin} to {RetryOrder.PriorityMax}.");
        faults.AddIf(draft.Id == Guid.Empty, "id", "It is the empty UUID.");
        JudgeKey(draft.CorrelationId, "correlation_id", faults);
        JudgeKey(draft.IdempotencyKey, "idempotency_key", faults);
        JudgeKey(draft.GroupKey, "group_key", faults);
        faults.AddIf(draft.MaxRetries is < 1 or > RetriesMax, "max_retries", $"{draft.MaxRetries} is not from 1 to {RetriesMax}.");
        faults.AddIf(draft.Timeout < TimeoutMin || draft.Timeout > TimeoutMax, "timeout_seconds", $"{draft.Timeout?.TotalSeconds} s is not from 1 s to 24 h.");
        faults.AddIf(draft.Delay < TimeSpan.Zero || draft.Delay > DelayMax, "delay_seconds", $"{draft.Delay.TotalSeconds} s is not from 0 to 365 days.");
        JudgeTags(draft.Tags, faults);
        if (draft.OriginalEvent is { } original)
        {
            JudgeJson(original, "original_event", OriginalEventBytesMax, faults);
        }
    }

    private static void JudgeTags(IReadOnlyList<string> tags, Faults faults)
    {
        faults.AddIf(tags.Count > TagsMax, "tags", $"There are {tags.Count}; at most {TagsMax} are kept.");
        foreach (var tag in tags.Take(TagsMax))
        {
            JudgeText(tag, "tags", TagCharsMax, faults);
        }
    }

    private static void JudgeKey(string? key, string field, Faults faults)
    {
        if (key is not null)
        {
            JudgeText(key, field, KeyCharsMax, faults);
        }
    }

    private static void JudgeText(string? text, string field, int charsMax, Faults faults, bool mayBeEmpty = false)
    {
        faults.AddIf(text is null || (!mayBeEmpty && string.IsNullOrWhiteSpace(text)), field, "It is missing or blank.");
        faults.AddIf(text?.Length > charsMax, field, $"It has {text?.Length} characters; at most {charsMax} are kept.");
        if (text is not null && RetryText.FaultIn(text) is { } fault)
        {
            faults.Add(field, fault);
        }
    }

    private static void JudgeJson(JsonElement json, string field, int bytesMax, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Undefined && RetryPayload.FaultOf(JsonMarshal.GetRawUtf8Value(json), bytesMax) is { } fault)
        {
            faults.Add(field, fault);
        }
    }

    private static NewRetry Make(RetryDraft draft, RetryQueueOptions options, DateTimeOffset now)
    {
        var policy = options.PolicyOf(draft.OperationType);
        return new NewRetry
        {
            Id = draft.Id ?? Guid.CreateVersion7(now),
            OperationType = draft.OperationType,
            Target = draft.Target,
            Payload = Bytes(draft.Payload),
            Priority = draft.Priority,
            CorrelationId = draft.CorrelationId,
            IdempotencyKey = draft.IdempotencyKey,
            MaxRetries = draft.MaxRetries ?? policy.MaxRetries,
            Timeout = draft.Timeout ?? policy.Timeout,
            Delay = draft.Delay,
            Tags = [.. draft.Tags],
            GroupKey = draft.GroupKey,
            OriginalEvent = draft.OriginalEvent is { } original ? Bytes(original) : default(ReadOnlyMemory<byte>?),
            Penalty = RetryOrder.Penalty(draft.Priority, options.Strict),
        };
    }

    // A copy: the element's document may be gone before the item is written.
    private static ReadOnlyMemory<byte> Bytes(JsonElement json) =>
        json.ValueKind == JsonValueKind.Undefined ? EmptyObject : JsonMarshal.GetRawUtf8Value(json).ToArray();

    /// <summary>The faults of one draft.</summary>
    private readonly struct Faults(List<RetryError> errors, int index)
    {
        public void Add(string field, string message) => errors.Add(new RetryError(index, field, message));

        public void AddIf(bool broken, string field, string message)
        {
            if (broken)
            {
                Add(field, message);
            }
        }
    }
}
