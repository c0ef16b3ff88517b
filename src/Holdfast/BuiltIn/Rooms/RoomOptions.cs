using Holdfast.BuiltIn.Commands;
using Holdfast.Resilience;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>One room: where it is, how it is spoken to, and what it may cost.</summary>
internal sealed record RoomOptions
{
    /// <summary>Its name, unique: 1 to 64 letters, digits, <c>-</c> and <c>_</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>ws</c> or <c>wss</c>. May hold a secret, so people see <see cref="ShownUrl"/>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Off: it stays disconnected. Default: on.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Default: JSON of any form.</summary>
    public RoomProtocolKind Protocol { get; init; }

    /// <summary>Headers of the handshake; their values are secret.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sent first; its texts are secret. Default: none.</summary>
    public RoomStep? Login { get; init; }

    /// <summary>The texts in what the login sends: whoever repeats them must not show them.</summary>
    public IReadOnlyList<string> LoginTexts { get; init; } = [];

    /// <summary>Sent after that. Default: none.</summary>
    public RoomStep? Join { get; init; }

    /// <summary>Under which name this server is in the room: what comes from there is its own. Needed where it speaks.</summary>
    public string? User { get; init; }

    /// <summary>Where things stand in a frame.</summary>
    public RoomFieldPaths Fields { get; init; } = new();

    /// <summary>Which frames are meant for this server alone. Default: none.</summary>
    public FrameMatch? Private { get; init; }

    /// <summary>A message to the room. Default: there are none.</summary>
    public FrameTemplate? Message { get; init; }

    /// <summary>A message to one user. Default: there are none.</summary>
    public FrameTemplate? PrivateMessage { get; init; }

    /// <summary>Whether lines that begin with the prefix are commands. Default: yes.</summary>
    public bool Commands { get; init; } = true;

    /// <summary>Whether commands are always answered in private. Default: where they were asked.</summary>
    public bool AnswersInPrivate { get; init; }

    /// <summary>What users may do, by their names in the room. All others are readers.</summary>
    public IReadOnlyDictionary<string, CommandRole> Roles { get; init; } = new Dictionary<string, CommandRole>(StringComparer.Ordinal);

    /// <summary>A frame that is sent again and again. Default: none.</summary>
    public RoomHeartbeat? Heartbeat { get; init; }

    /// <summary>A room in which nothing is heard for so long is lost. Null: it may be silent for ever.</summary>
    public TimeSpan? Silence { get; init; }

    /// <summary>Only frames of these types end a silence. Default: any frame.</summary>
    public IReadOnlyList<string> SilenceTypes { get; init; } = [];

    /// <summary>How often the connection itself is tried by a ping; one that has no answer for twice as long is lost. Null: never. Default: 5 seconds.</summary>
    public TimeSpan? Ping { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Delays before it is connected to again. Default: 2 s, doubling up to 5 minutes, a quarter either way.</summary>
    public BackoffSchedule Reconnect { get; init; } = new(TimeSpan.FromSeconds(2), 2, TimeSpan.FromMinutes(5), 0.25);

    /// <summary>Attempts in a row, without having been in the room for 30 s, after which it is given up. Default: 0, never.</summary>
    public int AttemptsMax { get; init; }

    /// <summary>A larger frame is read over and counted. Default: 256 KiB, of a Holdfast 16 MiB.</summary>
    public int FrameBytesMax { get; init; } = 256 << 10;

    /// <summary>Messages that may wait for the connection; one more is refused. Default: 100.</summary>
    public int SendQueue { get; init; } = 100;

    /// <summary>The rest of a longer message is cut off. Default: 2,000.</summary>
    public int TextCharsMax { get; init; } = 2_000;

    /// <summary>What connecting, login and join may take together. Default: 10 seconds.</summary>
    public TimeSpan JoinPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The address as everybody may see it: keys stand in queries, and some in paths.</summary>
    public string ShownUrl => Url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
}

/// <summary>In which form a room speaks.</summary>
internal enum RoomProtocolKind
{
    /// <summary>JSON frames of any form; the settings say where things stand in them.</summary>
    Json,

    /// <summary>The live stream of another Holdfast.</summary>
    Holdfast,
}

/// <summary>Something that is said on the way in, and the answer without which it has not worked.</summary>
/// <param name="Name">For people: <c>login</c>.</param>
/// <param name="Send">Null: nothing is said.</param>
/// <param name="Expect">Null: no answer is waited for.</param>
internal sealed record RoomStep(string Name, byte[]? Send, FrameMatch? Expect);

/// <summary>A sign of life that the room wants.</summary>
internal sealed record RoomHeartbeat(byte[] Frame, TimeSpan Period);

/// <summary>Where things stand in a frame.</summary>
internal sealed record RoomFieldPaths
{
    public FramePath Type { get; init; } = new("type");

    public FramePath User { get; init; } = new("user");

    public FramePath Text { get; init; } = new("text");

    /// <summary>When it was said: RFC 3339 or Unix milliseconds.</summary>
    public FramePath Time { get; init; } = new("time");
}
