using System.Buffers;
using System.Text.Json;
using Holdfast.Events;
using Holdfast.Pipeline;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>Rules as they stand in the file and in the API: <c>{"rules": [{name, pattern, condition, destination, text, enabled}]}</c>. Pure.</summary>
internal static class EventRulesJson
{
    public const int RulesMax = 100;
    public const int BytesMax = 256 << 10;

    private const int NameCharsMax = 64;
    private const int ValueCharsMax = 1_024;
    private const int TextCharsMax = 1_000;
    private const int DepthMax = 16;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = DepthMax };
    private static readonly string[] OfRule = ["name", "pattern", "condition", "destination", "text", "enabled"];
    private static readonly string[] OfCondition = ["field", "equals"];

    /// <summary>The rules, with every fault that they have; with any fault they must not be used.</summary>
    public static (IReadOnlyList<EventRule> Rules, IReadOnlyList<EventError> Faults) Read(ReadOnlyMemory<byte> utf8)
    {
        var faults = new List<EventError>();
        if (!JsonTexts.AreReadable(utf8.Span, DepthMax))
        {
            return ([], [new EventError("json", "body", "A JSON object is wanted.")]);
        }

        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return (ReadAll(document.RootElement, faults), faults);
        }
        catch (JsonException)
        {
            return ([], [new EventError("json", "body", "No member may come twice.")]);
        }
    }

    public static byte[] Write(IReadOnlyList<EventRule> rules)
    {
        var bytes = new ArrayBufferWriter<byte>(4 << 10);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            Write(json, rules);
        }

        return bytes.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<EventRule> rules)
    {
        json.WriteStartObject();
        json.WriteStartArray("rules"u8);
        foreach (var rule in rules)
        {
            Write(json, rule);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EventRule rule)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, rule.Name);
        json.WriteString("pattern"u8, rule.Pattern);
        if (rule.Condition is { } condition)
        {
            json.WriteStartObject("condition"u8);
            json.WriteString("field"u8, condition.Field);
            json.WritePropertyName("equals"u8);
            json.WriteRawValue(condition.EqualsJson);
            json.WriteEndObject();
        }

        json.WriteString("destination"u8, rule.Destination.ToString());
        if (rule.Text is { } text)
        {
            json.WriteString("text"u8, text);
        }

        json.WriteBoolean("enabled"u8, rule.Enabled);
        json.WriteEndObject();
    }

    private static List<EventRule> ReadAll(JsonElement root, List<EventError> faults)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("rules", out var list) || list.ValueKind != JsonValueKind.Array || root.EnumerateObject().Count() != 1)
        {
            faults.Add(new EventError("json", "body", "An object with the one member 'rules', a list, is wanted."));
            return [];
        }

        if (list.GetArrayLength() > RulesMax)
        {
            faults.Add(new EventError("size", "rules", $"At most {RulesMax} rules are wanted."));
            return [];
        }

        var rules = list.EnumerateArray().Select((rule, i) => ReadRule(rule, $"rules[{i}]", faults)).OfType<EventRule>().ToList();
        faults.AddRange(rules.GroupBy(rule => rule.Name, StringComparer.Ordinal).Where(same => same.Count() > 1)
            .Select(same => new EventError("unique", "rules", $"There are several rules of the name '{same.Key}'.")));
        return rules;
    }

    private static EventRule? ReadRule(JsonElement json, string at, List<EventError> faults)
    {
        if (!IsObjectOf(json, OfRule, at, faults))
        {
            return null;
        }

        var name = Text(json, "name", NameCharsMax, at, faults);
        var pattern = Text(json, "pattern", EventPattern.CharactersMax, at, faults);
        var said = Text(json, "destination", EventPattern.CharactersMax * 2, at, faults);
        var destination = said is null ? null : EventDestination.Parse(said);
        if (said is not null && destination is null)
        {
            faults.Add(new EventError("destination", $"{at}.destination", "'record', 'publish:' and a type without *, 'room:' and a room, or 'pm:', a room, '/' and a user, is wanted."));
        }

        var enabled = !json.TryGetProperty("enabled", out var flag) || flag.ValueKind == JsonValueKind.True;
        if (enabled is false && flag.ValueKind != JsonValueKind.False)
        {
            faults.Add(new EventError("data_types", $"{at}.enabled", "true or false is wanted."));
        }

        var text = json.TryGetProperty("text", out _) ? Text(json, "text", TextCharsMax, at, faults) : null;
        if (text is not null && destination is { Room: null })
        {
            faults.Add(new EventError("text", $"{at}.text", "A text is for a room or a private message."));
        }

        var condition = json.TryGetProperty("condition", out var wanted) ? ReadCondition(wanted, $"{at}.condition", faults) : null;
        return name is null || pattern is null || destination is null ? null : new EventRule(name, pattern, condition, destination, enabled) { Text = text };
    }

    private static EventCondition? ReadCondition(JsonElement json, string at, List<EventError> faults)
    {
        if (!IsObjectOf(json, OfCondition, at, faults))
        {
            return null;
        }

        var field = Text(json, "field", EventPattern.CharactersMax, at, faults);
        if (!json.TryGetProperty("equals", out var value) || value.ValueKind is JsonValueKind.Object or JsonValueKind.Array || value.GetRawText().Length > ValueCharsMax)
        {
            faults.Add(new EventError("data_types", $"{at}.equals", $"A text, a number, true, false or null of at most {ValueCharsMax} characters is wanted."));
            return null;
        }

        return field is null ? null : new EventCondition(field, value.GetRawText());
    }

    private static bool IsObjectOf(JsonElement json, string[] known, string at, List<EventError> faults)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new EventError("data_types", at, "An object is wanted."));
            return false;
        }

        faults.AddRange(json.EnumerateObject().Where(member => !known.Contains(member.Name))
            .Select(member => new EventError("unknown_field", $"{at}.{member.Name}", $"There is no such field. Known: {string.Join(", ", known)}.")));
        return true;
    }

    private static string? Text(JsonElement json, string name, int charsMax, string at, List<EventError> faults)
    {
        if (json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text && text.Length <= charsMax && !text.Any(char.IsControl))
        {
            return text;
        }

        faults.Add(new EventError("data_types", $"{at}.{name}", $"A text of 1 to {charsMax} characters is wanted."));
        return null;
    }
}
