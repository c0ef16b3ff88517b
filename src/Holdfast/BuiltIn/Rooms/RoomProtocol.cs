using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>What the frames of a room mean. Used by one connection after another; what it remembers outlives them.</summary>
internal abstract class RoomProtocol
{
    private const int TypeCharsMax = 200;
    private const string UnknownType = "unknown";

    /// <summary>Where the next connection goes.</summary>
    public abstract Uri Address { get; }

    /// <summary>What has to be said and heard before the room is joined.</summary>
    public abstract IReadOnlyList<RoomStep> Greeting { get; }

    /// <summary>The type of a frame, in the room's words.</summary>
    public abstract string? TypeOf(JsonElement frame);

    /// <summary>What has happened, as a frame says.</summary>
    public abstract IReadOnlyList<RoomEvent> Read(JsonElement frame);

    /// <summary>A message as a frame.</summary>
    /// <exception cref="RoomRefusedException">The room takes no such messages.</exception>
    public abstract byte[] Write(RoomMessage message);

    public static RoomProtocol Of(RoomOptions options) =>
        options.Protocol == RoomProtocolKind.Holdfast ? new HoldfastRoomProtocol(options) : new JsonRoomProtocol(options);

    /// <summary>A type that can stand in the type of an event on the bus.</summary>
    protected static string Usable(string? type) =>
        type is { Length: > 0 and <= TypeCharsMax } && !type.Any(char.IsControl) ? type : UnknownType;
}
