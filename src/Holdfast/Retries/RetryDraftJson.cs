using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>What a request to take items says: the drafts, or every fault that reading them met.</summary>
/// <param name="OfList">They came as a list, so that a fault has to say of which.</param>
internal sealed record RetryDrafts(IReadOnlyList<RetryDraft> Drafts, IReadOnlyList<EventError> Errors, bool OfList)
{
    /// <summary>A fault of a draft as a fault of the request.</summary>
    public EventError ToEventError(RetryError error) => new("retry", PlaceOf(error.Index) + error.Field, error.Message);

    /// <summary>What the field of a fault begins with.</summary>
    public string PlaceOf(int index) => OfList ? $"[{index}]." : "";
}

/// <summary>
/// Reads items from a request: one object, or an array of them. Looks at shapes and types alone; what a value may be is the business of
/// the validator. A field that does not exist is a fault, because it was meant to do something.
/// </summary>
internal static class RetryDraftJson
{
    /// <summary>Items of one request.</summary>
    public const int ItemsMax = 10_000;

    /// <summary>Faults after which no further item is read: each costs memory here and in the answer.</summary>
    public const int ErrorsMax = 1_000;

    private const string Fields =
        "operation_type, target, payload, priority, id, correlation_id, idempotency_key, max_retries, timeout_seconds, delay_seconds, tags, group_key, original_event";

    private static readonly RetryDraft Nothing = new() { OperationType = "nothing" };

    private static readonly RetryDrafts NotJson =
        Unreadable("body", "JSON is wanted: an object, or an array of objects, none with a member twice, nested 64 deep at most, every text whole.");

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    public static RetryDrafts Read(ReadOnlyMemory<byte> body)
    {
        if (!JsonTexts.AreReadable(body.Span, Strict.MaxDepth))
        {
            return NotJson;
        }

        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            return NotJson;
        }
    }

    private static RetryDrafts Read(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Object => ReadAll([root], ofList: false),
        JsonValueKind.Array when root.GetArrayLength() == 0 => Unreadable("body", "The list is empty."),
        JsonValueKind.Array when root.GetArrayLength() > ItemsMax => Unreadable("body", $"At most {ItemsMax} items are taken at once."),
        JsonValueKind.Array => ReadAll([.. root.EnumerateArray()], ofList: true),
        _ => Unreadable("body", "An object, or an array of objects, is wanted."),
    };

    private static RetryDrafts ReadAll(IReadOnlyList<JsonElement> items, bool ofList)
    {
        var drafts = new List<RetryDraft>(items.Count);
        var errors = new List<EventError>();
        var read = new RetryDrafts(drafts, errors, ofList);
        for (var index = 0; index < items.Count && errors.Count < ErrorsMax; index++)
        {
            if (items[index].ValueKind == JsonValueKind.Object)
            {
                drafts.Add(ReadItem(items[index], read.PlaceOf(index), errors));
            }
            else
            {
                drafts.Add(Nothing); // so that a draft has the index of its item
                errors.Add(new EventError("data_types", $"[{index}]", "An object is wanted."));
            }
        }

        return errors.Count == 0 ? read : read with { Errors = [.. errors, .. FaultsBeside(read)] };
    }

    /// <summary>What the values break as well, where they could be read: whoever mends a request should learn of everything at once.</summary>
    private static List<EventError> FaultsBeside(RetryDrafts read)
    {
        var told = read.Errors.Select(error => error.Field).ToHashSet(StringComparer.Ordinal);
        return RetryValidator.FaultsOf(read.Drafts).Select(read.ToEventError).Where(error => !told.Contains(error.Field)).ToList();
    }

    private static RetryDraft ReadItem(JsonElement item, string place, List<EventError> errors)
    {
        var draft = new RetryDraft { OperationType = "" };
        foreach (var member in item.EnumerateObject().TakeWhile(_ => errors.Count < ErrorsMax))
        {
            var value = new Value(member.Value, place + member.Name, errors);
            draft = member.Name switch
            {
                "operation_type" => draft with { OperationType = value.Text() ?? "" },
                "target" => draft with { Target = value.Text() ?? "" },
                "payload" => draft with { Payload = member.Value.Clone() },
                "priority" => draft with { Priority = value.Int() ?? 0 },
                "id" => draft with { Id = value.Uuid() },
                "correlation_id" => draft with { CorrelationId = value.Text() },
                "idempotency_key" => draft with { IdempotencyKey = value.Text() },
                "max_retries" => draft with { MaxRetries = value.Int() },
                "timeout_seconds" => draft with { Timeout = value.Seconds() },
                "delay_seconds" => draft with { Delay = value.Seconds() ?? TimeSpan.Zero },
                "tags" => draft with { Tags = value.Texts() },
                "group_key" => draft with { GroupKey = value.Text() },
                "original_event" => draft with { OriginalEvent = member.Value.ValueKind == JsonValueKind.Null ? null : member.Value.Clone() },
                _ => Unknown(draft, value),
            };
        }

        return draft;
    }

    private static RetryDraft Unknown(RetryDraft draft, Value value)
    {
        value.Fault("unknown_field", $"There is no such field. Known: {Fields}.");
        return draft;
    }

    private static RetryDrafts Unreadable(string field, string message) => new([], [new EventError("json", field, message)], OfList: false);

    /// <summary>A member's value, read as what it should be; null where it is null, or a fault.</summary>
    private readonly struct Value(JsonElement element, string field, List<EventError> errors)
    {
        // 365 days are allowed where a delay is; what TimeSpan cannot hold is no number of seconds.
        private const double SecondsMax = 1e11;

        private bool IsNull => element.ValueKind == JsonValueKind.Null;

        public void Fault(string rule, string message) => errors.Add(new EventError(rule, field, message));

        public string? Text() => element.ValueKind == JsonValueKind.String ? element.GetString() : Wrong<string>("A text is wanted.");

        public int? Int()
        {
            if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number))
            {
                return number;
            }

            Wrong<string>("A whole number is wanted.");
            return null;
        }

        public TimeSpan? Seconds()
        {
            if (element.ValueKind == JsonValueKind.Number && Math.Abs(element.GetDouble()) <= SecondsMax)
            {
                return TimeSpan.FromSeconds(element.GetDouble());
            }

            Wrong<string>("A number of seconds is wanted.");
            return null;
        }

        public Guid? Uuid()
        {
            if (element.ValueKind == JsonValueKind.String && Guid.TryParseExact(element.GetString(), "D", out var id))
            {
                return id;
            }

            Wrong<string>("A UUID is wanted: 0195b9a0-1111-7000-8000-000000000001.");
            return null;
        }

        public IReadOnlyList<string> Texts() =>
            element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String)
                ? [.. element.EnumerateArray().Select(text => text.GetString()!)]
                : Wrong<IReadOnlyList<string>>("A list of texts is wanted.") ?? [];

        private T? Wrong<T>(string message)
            where T : class
        {
            if (!IsNull)
            {
                Fault("data_types", message);
            }

            return null;
        }
    }
}
