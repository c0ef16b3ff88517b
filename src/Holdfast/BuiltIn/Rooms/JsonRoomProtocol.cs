using System.Text.Json;
using Holdfast.BuiltIn.Commands;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>JSON of any form: each frame is one event, and the settings say where things stand in it. Pure.</summary>
internal sealed class JsonRoomProtocol(RoomOptions options) : RoomProtocol
{
    // Names are kept by the cooldown and stand in the audit.
    private const int UserCharsMax = 100;

    public override Uri Address => options.Url;

    public override IReadOnlyList<RoomStep> Greeting { get; } = [.. new[] { options.Login, options.Join }.OfType<RoomStep>()];

    public override string? TypeOf(JsonElement frame) => options.Fields.Type.TextIn(frame);

    public override IReadOnlyList<RoomEvent> Read(JsonElement frame)
    {
        var user = UserIn(frame);
        var isPrivate = options.Private?.Matches(frame) == true;
        return
        [
            new RoomEvent
            {
                Room = options.Name,
                Type = Usable(TypeOf(frame)),
                Frame = frame,
                User = user,
                Text = options.Fields.Text.TextIn(frame),
                SaidAt = TimeIn(frame),
                IsPrivate = isPrivate,
                IsAnsweredInPrivate = isPrivate || options.AnswersInPrivate,
                IsOwn = user is not null && user == options.User,
                Role = user is null ? CommandRole.Reader : options.Roles.GetValueOrDefault(user, CommandRole.Reader),
            },
        ];
    }

    public override byte[] Write(RoomMessage message)
    {
        var template = message.To is null ? options.Message : options.PrivateMessage;
        return template?.Fill(Cut(message.Text), message.To ?? "")
            ?? throw new RoomRefusedException(RoomRefusedException.Validation, $"The room '{options.Name}' takes no {(message.To is null ? "" : "private ")}messages: its settings have none.");
    }

    private string? UserIn(JsonElement frame) =>
        options.Fields.User.TextIn(frame) is { Length: <= UserCharsMax } user && !user.Any(char.IsControl) ? user : null;

    private DateTimeOffset? TimeIn(JsonElement frame) => options.Fields.Time.In(frame) switch
    {
        { ValueKind: JsonValueKind.String } text when text.TryGetDateTimeOffset(out var instant) => instant,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var milliseconds) && Math.Abs(milliseconds) < 1L << 47 => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
        _ => null,
    };

    private string Cut(string text) => text.Length <= options.TextCharsMax ? text : string.Concat(text.AsSpan(0, options.TextCharsMax - 1), "…");
}
