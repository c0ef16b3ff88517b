using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Holdfast.AspNetCore.Api;

/// <summary>Reads the members of an operator's request body and collects every fault, so that the caller learns of all of them at once.</summary>
internal sealed class BodyFields
{
    public const int ReasonMax = 500;

    // Whoever sends more of them is not helped by a longer list.
    private const int UnknownMax = 100;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    private readonly JsonObject _body;
    private readonly List<EventError> _errors = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private readonly string _actor;

    private BodyFields(JsonObject body, string actor) => (_body, _actor) = (body, actor);

    public IReadOnlyList<EventError> Errors =>
    [
        .. _errors,
        .. _body.Select(member => member.Key).Where(name => !_known.Contains(name))
            .Take(UnknownMax).Select(name => new EventError("unknown_field", name, $"There is no such field. Known: {string.Join(", ", _known.Order())}.")),
    ];

    /// <summary>The members of the body; of an empty one none. What is no JSON object is a fault.</summary>
    /// <param name="actor">Who asks.</param>
    public static BodyFields Parse(ReadOnlyMemory<byte> body, string actor)
    {
        if (body.IsEmpty)
        {
            return new BodyFields([], actor);
        }

        try
        {
            if (JsonTexts.AreReadable(body.Span, Strict.MaxDepth) && JsonNode.Parse(body.Span, documentOptions: Strict) is JsonObject members)
            {
                return new BodyFields(members, actor);
            }
        }
        catch (JsonException)
        {
            // Told below, in the same words as everything else that is no object.
        }

        var nothing = new BodyFields([], actor);
        nothing._errors.Add(new EventError("json", "body", "A JSON object is wanted, and no member may come twice."));
        return nothing;
    }

    /// <summary>Who asks for it, and why, where it is said.</summary>
    public Act Act()
    {
        var reason = Text("reason");
        if (reason?.Length > ReasonMax)
        {
            Fault("reason", $"At most {ReasonMax} characters are wanted.");
        }

        return new Act(_actor, string.IsNullOrWhiteSpace(reason) ? null : reason);
    }

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        // PostgreSQL stores no NUL, and the audit must hold what was said.
        if (value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is var text && !text.Contains('\0'))
        {
            return text;
        }

        Fault(name, "A text without NUL characters is wanted.");
        return null;
    }

    /// <summary>A list of texts; none when it is not there.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value is JsonArray list && list.All(one => one?.GetValueKind() == JsonValueKind.String))
        {
            return [.. list.Select(one => one!.GetValue<string>())];
        }

        Fault(name, "A list of texts is wanted.");
        return [];
    }

    /// <summary>A list of numbers; none when it is not there.</summary>
    public IReadOnlyList<double> Numbers(string name, int most, double min, double max)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        var numbers = value is JsonArray list && list.Count <= most
            ? list.Select(one => one is JsonValue item && item.TryGetValue(out double number) && number >= min && number <= max ? number : (double?)null).ToList()
            : [null];
        if (numbers.TrueForAll(number => number is not null))
        {
            return [.. numbers.Select(number => number!.Value)];
        }

        Fault(name, FormattableString.Invariant($"A list of at most {most} numbers from {min} to {max} is wanted."));
        return [];
    }

    public bool Bool(string name)
    {
        if (Find(name) is not { } value)
        {
            return false;
        }

        if (value.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetValue<bool>();
        }

        Fault(name, "true or false is wanted.");
        return false;
    }

    public int? Int(string name, int min, int max)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out int number) && number >= min && number <= max)
        {
            return number;
        }

        Fault(name, $"A whole number from {min} to {max} is wanted.");
        return null;
    }

    public double? Number(string name, double min, double max)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out double number) && number >= min && number <= max)
        {
            return number;
        }

        Fault(name, FormattableString.Invariant($"A number from {min} to {max} is wanted."));
        return null;
    }

    /// <summary>One of some names. One without a fallback has to be there.</summary>
    public T? Choice<T>(string name, IReadOnlyDictionary<string, T?> choices, T? fallback = null)
        where T : struct
    {
        if (Find(name) is not { } value)
        {
            if (fallback is null)
            {
                Fault(name, $"One of {string.Join(", ", choices.Keys)} is wanted.");
            }

            return fallback;
        }

        if (value.GetValueKind() == JsonValueKind.String && choices.TryGetValue(value.GetValue<string>(), out var choice))
        {
            return choice;
        }

        Fault(name, $"One of {string.Join(", ", choices.Keys)} is wanted.");
        return fallback;
    }

    /// <summary>An object that has to be there.</summary>
    public JsonObject RequiredObject(string name)
    {
        if (Find(name) is JsonObject value)
        {
            return value;
        }

        Fault(name, "An object is wanted.");
        return [];
    }

    /// <summary>A member of any kind that has to be there; null when it is null.</summary>
    public JsonNode? Required(string name)
    {
        var value = Find(name);
        if (!_body.ContainsKey(name))
        {
            Fault(name, "Missing.");
        }

        return value;
    }

    /// <summary>
    /// An object of filters that has to be there, empty for all, so that nobody means all by forgetting it. Its members are those of the
    /// list's query string, and are read as if they stood there.
    /// </summary>
    public T Filter<T>(string name, Func<QueryReader, T> read, out string said)
    {
        var filter = RequiredObject(name);
        said = filter.ToJsonString();
        var reader = new QueryReader(new QueryCollection(filter.ToDictionary(member => member.Key, member => new StringValues(TextOf(member.Value)))));
        var result = read(reader);
        _errors.AddRange(reader.Errors.Select(error => error with { Field = $"{name}.{error.Field}" }));
        return result;
    }

    public void Fault(string name, string message) => _errors.Add(new EventError("data_types", name, message));

    private JsonNode? Find(string name)
    {
        _known.Add(name);
        return _body[name];
    }

    private static string? TextOf(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString();
}
