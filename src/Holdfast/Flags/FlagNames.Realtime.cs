namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Messages a second of a key over the Realtime protocol.</summary>
    public const string RealtimeMessages = "HOLDFAST_REALTIME_MESSAGES_PER_SECOND";

    /// <summary>Bytes of a message over the Realtime protocol.</summary>
    public const string RealtimePayloadBytes = "HOLDFAST_REALTIME_MAX_PAYLOAD_BYTES";

    /// <summary>Whether the server behaves as a hosted project does.</summary>
    public const string RealtimeHosted = "HOLDFAST_REALTIME_HOSTED";
}
