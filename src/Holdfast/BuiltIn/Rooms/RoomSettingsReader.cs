using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>Reads the members of one room and notes each fault. What is missing has its default, what is faulty too. Pure.</summary>
internal sealed class RoomSettingsReader(JsonElement room, string place, List<string> faults)
{
    private const int TextCharsMax = 4_096;
    private const int EntriesMax = 1_000;

    public void Fault(bool isFault, string fault)
    {
        var said = $"{place}.{fault}";
        if (isFault && !faults.Contains(said))
        {
            faults.Add(said);
        }
    }

    public void Only(string[] known)
    {
        foreach (var member in room.EnumerateObject().Where(member => !known.Contains(member.Name)))
        {
            Fault(true, $"{member.Name} is not a setting of a room");
        }
    }

    public void None(string[] names, string because)
    {
        foreach (var name in names.Where(name => room.TryGetProperty(name, out _)))
        {
            Fault(true, $"{name} {because}");
        }
    }

    public bool Truth(string name, bool fallback) =>
        Find(name, "true or false", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False) is { } value ? value.GetBoolean() : fallback;

    public string? Text(string name) => Find(name, $"a text of 1 to {TextCharsMax} characters", IsText)?.GetString();

    public string OneOf(string name, string fallback, params string[] words) =>
        Find(name, $"one of {string.Join(", ", words)}", value => IsText(value) && words.Contains(value.GetString()))?.GetString() ?? fallback;

    public Uri? Address(string name)
    {
        Fault(!room.TryGetProperty(name, out _), $"{name} is missing");
        return Find(name, "an address such as wss://chat.example/socket, without a user or a #", value => IsText(value) && AddressOf(value) is not null) is { } value ? AddressOf(value) : null;
    }

    public int Whole(string name, int least, int most, int fallback) =>
        Find(name, $"a whole number from {least} to {most}", value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most) is { } value
            ? value.GetInt32()
            : fallback;

    /// <summary>Where 0 is allowed, it is null: never.</summary>
    public TimeSpan? Seconds(string name, double least, double most, TimeSpan? fallback) =>
        Find(name, FormattableString.Invariant($"a number of seconds from {least} to {most}"), value => value.ValueKind == JsonValueKind.Number && value.GetDouble() >= least && value.GetDouble() <= most) is { } value
            ? value.GetDouble() > 0 ? TimeSpan.FromSeconds(value.GetDouble()) : null
            : fallback;

    public IReadOnlyList<string> Names(string name) =>
        Find(name, "a list of words", value => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= EntriesMax && value.EnumerateArray().All(IsText)) is { } value
            ? [.. value.EnumerateArray().Select(word => word.GetString()!)]
            : [];

    public IReadOnlyDictionary<string, string> Texts(string name) =>
        Find(name, "an object of texts", value => IsObjectOf(value, IsText)) is { } value
            ? value.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString()!, StringComparer.OrdinalIgnoreCase)
            : new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyDictionary<string, T> Words<T>(string name, IReadOnlyDictionary<string, T> meanings) =>
        Find(name, $"an object whose values are one of {string.Join(", ", meanings.Keys)}", value => IsObjectOf(value, word => IsText(word) && meanings.ContainsKey(word.GetString()!))) is { } value
            ? value.EnumerateObject().ToDictionary(member => member.Name, member => meanings[member.Value.GetString()!], StringComparer.Ordinal)
            : new Dictionary<string, T>(StringComparer.Ordinal);

    public RoomFieldPaths Paths(string name)
    {
        var paths = Find(name, "an object with places for type, user, text and time, such as user.name or 1.text", value => IsObjectOf(value, IsText) && HasOnly(value, "type", "user", "text", "time"));
        FramePath Path(string field, FramePath fallback) => paths is { } all && all.TryGetProperty(field, out var path) ? new FramePath(path.GetString()!) : fallback;
        var standard = new RoomFieldPaths();
        return new RoomFieldPaths { Type = Path("type", standard.Type), User = Path("user", standard.User), Text = Path("text", standard.Text), Time = Path("time", standard.Time) };
    }

    public FrameMatch? Match(string name) => Find(name, "an object of values by place, such as {\"type\": \"pm\"}", IsMatch) is { } value ? MatchOf(value) : null;

    public FrameTemplate? Template(string name) => Find(name, "a frame: an object or a list", IsFrame) is { } value ? new FrameTemplate(value) : null;

    /// <summary>The step, and the texts in what it sends.</summary>
    public (RoomStep? Step, IReadOnlyList<string> Texts) Step(string name)
    {
        var step = Find(name, "an object with send (a frame), expect (values by place), or both", value =>
            value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() > 0 && HasOnly(value, "send", "expect") && IsAll(value, "send", IsFrame) && IsAll(value, "expect", IsMatch));
        return step is { } found
            ? (new RoomStep(name, found.TryGetProperty("send", out var frame) ? BytesOf(frame) : null, found.TryGetProperty("expect", out var match) ? MatchOf(match) : null), TextsIn(frame))
            : (null, []);
    }

    public RoomHeartbeat? Heartbeat(string name, double secondsMax)
    {
        var beat = Find(name, "an object with send (a frame) and seconds", value =>
            value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() == 2 && HasOnly(value, "send", "seconds") && IsAll(value, "send", IsFrame)
            && IsAll(value, "seconds", number => number.ValueKind == JsonValueKind.Number && number.GetDouble() >= 0.01 && number.GetDouble() <= secondsMax));
        return beat is { } found ? new RoomHeartbeat(BytesOf(found.GetProperty("send")), TimeSpan.FromSeconds(found.GetProperty("seconds").GetDouble())) : null;
    }

    private JsonElement? Find(string name, string wanted, Func<JsonElement, bool> isRight)
    {
        if (!room.TryGetProperty(name, out var value))
        {
            return null;
        }

        var right = isRight(value);
        Fault(!right, $"{name} must be {wanted}");
        return right ? value : null;
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: >= 1 and <= TextCharsMax };

    private static bool IsFrame(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array;

    private static bool IsMatch(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() > 0 && value.EnumerateObject().All(member => member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array));

    private static bool IsObjectOf(JsonElement value, Func<JsonElement, bool> isRight) =>
        value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() <= EntriesMax && value.EnumerateObject().All(member => isRight(member.Value));

    private static bool IsAll(JsonElement value, string name, Func<JsonElement, bool> isRight) => !value.TryGetProperty(name, out var member) || isRight(member);

    private static bool HasOnly(JsonElement value, params string[] known) => value.EnumerateObject().All(member => known.Contains(member.Name));

    private static FrameMatch MatchOf(JsonElement value) => new([.. value.EnumerateObject().Select(member => (new FramePath(member.Name), member.Value))]);

    private static byte[] BytesOf(JsonElement frame) => JsonMarshal.GetRawUtf8Value(frame).ToArray();

    private static Uri? AddressOf(JsonElement value) =>
        Uri.TryCreate(value.GetString(), UriKind.Absolute, out var address) && address.Scheme is "ws" or "wss" && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            ? address
            : null;

    private static IReadOnlyList<string> TextsIn(JsonElement frame) => frame.ValueKind switch
    {
        JsonValueKind.Object => [.. frame.EnumerateObject().SelectMany(member => TextsIn(member.Value))],
        JsonValueKind.Array => [.. frame.EnumerateArray().SelectMany(TextsIn)],
        JsonValueKind.String => [frame.GetString()!],
        _ => [],
    };
}
