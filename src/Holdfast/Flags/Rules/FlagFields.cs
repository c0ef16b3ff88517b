using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>Reads the members of an object and lists what is wrong with them, members that nobody knows among it.</summary>
internal sealed class FlagFields(JsonElement json, string path, List<FlagFault> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public JsonElement Json => json;

    public string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public bool Has(string name) => Find(name) is not null;

    public JsonElement? Find(string name)
    {
        _known.Add(name);
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public string? Text(string name, int lengthMax = FlagLimits.TextLengthMax)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (FlagValues.Text(value) is { } text && text.Length <= lengthMax && !text.Contains('\0'))
        {
            return text;
        }

        Fault(name, $"A text of at most {lengthMax} characters is wanted.");
        return null;
    }

    public bool Bool(string name, bool fallback)
    {
        if (Find(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fault(name, "true or false is wanted.");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    public T Choice<T>(string name, IReadOnlyDictionary<string, T> choices, T fallback)
    {
        if (Find(name) is not { } value)
        {
            return fallback;
        }

        if (FlagValues.Text(value) is { } text && choices.TryGetValue(text, out var choice))
        {
            return choice;
        }

        Fault(name, $"One of {string.Join(", ", choices.Keys)} is wanted.");
        return fallback;
    }

    /// <summary>A list of at most so many; empty where there is none.</summary>
    public IReadOnlyList<JsonElement> List(string name, int most)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most)
        {
            return [.. value.EnumerateArray()];
        }

        Fault(name, $"A list of at most {most} is wanted.");
        return [];
    }

    /// <summary>The members of an object, at most so many; none where there is none.</summary>
    public IReadOnlyList<JsonProperty> Members(string name, int most)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() <= most)
        {
            return [.. value.EnumerateObject()];
        }

        Fault(name, $"An object of at most {most} members is wanted.");
        return [];
    }

    public void Fault(string name, string message) => faults.Add(new FlagFault(Path(name), message));

    /// <summary>To be called when everything was read.</summary>
    public void RefuseUnknown()
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new FlagFault(path, "An object is wanted."));
            return;
        }

        foreach (var member in json.EnumerateObject().Where(member => !_known.Contains(member.Name)))
        {
            Fault(member.Name.Length <= 50 ? member.Name : member.Name[..50], $"There is no such field. Known: {string.Join(", ", _known.Order())}.");
        }
    }
}
