using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast.Realtime.Channels;

/// <summary>
/// What a client asks for when it enters a channel. Read with patience: what is not of the right form counts as not said, as it does with
/// those who spoke this protocol first.
/// </summary>
internal sealed record JoinRequest
{
    /// <summary>The client gets an answer to each of its broadcasts.</summary>
    public bool Ack { get; init; }

    /// <summary>The client gets its own broadcasts, too.</summary>
    public bool Self { get; init; }

    /// <summary>The client wants to be told that changes of rows reach it.</summary>
    public bool ReplicationReady { get; init; }

    /// <summary>What it wants again of what was stored; null: nothing.</summary>
    public ReplayRequest? Replay { get; init; }

    /// <summary>The client gets state and changes of presence.</summary>
    public bool PresenceEnabled { get; init; }

    /// <summary>Under which key the client is present; empty: one is made.</summary>
    public string PresenceKey { get; init; } = "";

    /// <summary>A private topic is another one than the public one of the same name.</summary>
    public bool Private { get; init; }

    /// <summary>Changes of rows that it wants, each as it was said.</summary>
    public IReadOnlyList<JsonElement> Changes { get; init; } = [];

    /// <summary>An answer is wanted that says whether changes of rows will come.</summary>
    public bool Wait { get; init; }

    /// <summary>Null: what the connection was opened with counts.</summary>
    public string? Token { get; init; }

    /// <summary>Where a watcher of the live topic stood; null: it is new.</summary>
    public string? Since { get; init; }

    /// <summary>There was no <c>config</c>: a client from before it was invented, which names a table in its topic.</summary>
    public bool Legacy { get; init; }

    /// <param name="payload">Valid JSON. Elements of the request live as long as the document.</param>
    public static JoinRequest Read(JsonElement payload)
    {
        var config = Member(payload, "config");
        var (broadcast, presence) = (Member(config, "broadcast"), Member(config, "presence"));
        return new JoinRequest
        {
            Ack = Flag(broadcast, "ack"),
            Self = Flag(broadcast, "self"),
            ReplicationReady = Flag(broadcast, "replication_ready"),
            Replay = ReplayRequest.Read(Member(broadcast, "replay")),
            PresenceEnabled = Flag(presence, "enabled"),
            PresenceKey = Text(presence, "key") ?? "",
            Private = Flag(config, "private"),
            Changes = [.. Items(Member(config, "postgres_changes")).Where(item => item.ValueKind == JsonValueKind.Object)],
            Wait = Flag(Member(config, "postgres_changes_options"), "wait"),
            Token = TokenOf(payload),
            Since = Text(payload, "since"),
            Legacy = config.ValueKind == JsonValueKind.Undefined,
        };
    }

    /// <summary>The token in a payload; null: none, or the kind of key that names a project and no person.</summary>
    public static string? TokenOf(JsonElement payload) =>
        (Text(payload, "user_token") ?? Text(payload, "access_token")) is { Length: > 0 } token && !token.StartsWith("sb_", StringComparison.Ordinal) ? token : null;

    /// <summary>A member; <see cref="JsonValueKind.Undefined"/> where there is none, or nothing to have one.</summary>
    public static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    public static string? Text(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } text ? Text(text) : null;

    /// <summary>A text; null where it has half of a surrogate pair.</summary>
    public static string? Text(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static IEnumerable<JsonElement> Items(JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    // Some clients send "true" or "False".
    private static bool Flag(JsonElement element, string name) => Member(element, name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.String } text => string.Equals(Text(text), "true", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}

/// <summary>What is wanted again of what was stored of a topic.</summary>
/// <param name="Since">Unix milliseconds; null: it is no number, and nothing can be given.</param>
/// <param name="Limit">Messages, the newest ones.</param>
internal sealed record ReplayRequest(long? Since, int Limit)
{
    /// <summary>Messages at the most.</summary>
    public const int LimitMax = 25;

    public static ReplayRequest? Read(JsonElement replay) => replay.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        _ => new ReplayRequest(Whole(JoinRequest.Member(replay, "since")), (int)Math.Clamp(Whole(JoinRequest.Member(replay, "limit")) ?? LimitMax, 1, LimitMax)),
    };

    private static long? Whole(JsonElement number) => number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var whole) ? whole : null;
}

/// <summary>Which topic a channel is of.</summary>
/// <param name="Name">Without <c>realtime:</c>, as HTTP has it.</param>
internal readonly record struct TopicKey(string Name, bool Private)
{
    /// <summary>Before the name on a socket.</summary>
    public const string Prefix = "realtime:";

    /// <summary>As sockets have it.</summary>
    public string OnWire => Prefix + Name;

    /// <summary>Whether it can be carried: with its prefix within the byte that its length has.</summary>
    public static bool IsSound(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= Wire.PhoenixSerializer.NameBytesMax - Prefix.Length;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{OnWire}{(Private ? " (private)" : "")}");
}
