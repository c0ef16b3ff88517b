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

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    private readonly JsonObject _body;
    private readonly List<EventError> _errors = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private BodyFields(JsonObject body) => _body = body;

    public IReadOnlyList<EventError> Errors =>
    [
        .. _errors,
        .. _body.Select(member => member.Key).Where(name => !_known.Contains(name))
            .Select(name => new EventError("unknown_field", name, $"There is no such field. Known: {string.Join(", ", _known.Order())}.")),
    ];

    /// <summary>The members of the body; of an empty one none. What is no JSON object is a fault.</summary>
    public static BodyFields Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return new BodyFields([]);
        }

        try
        {
            if (JsonNode.Parse(body.Span, documentOptions: Strict) is JsonObject members)
            {
                return new BodyFields(members);
            }
        }
        catch (JsonException)
        {
            // Told below, in the same words as everything else that is no object.
        }

        var nothing = new BodyFields([]);
        nothing._errors.Add(new EventError("json", "body", "A JSON object is wanted, and no member may come twice."));
        return nothing;
    }

    /// <summary>Why the operator does it; null when it is not said.</summary>
    public string? Reason()
    {
        var reason = Text("reason");
        if (reason?.Length > ReasonMax)
        {
            Fault("reason", $"At most {ReasonMax} characters are wanted.");
        }

        return string.IsNullOrWhiteSpace(reason) ? null : reason;
    }

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() == JsonValueKind.String)
        {
            return value.GetValue<string>();
        }

        Fault(name, "A text is wanted.");
        return null;
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
