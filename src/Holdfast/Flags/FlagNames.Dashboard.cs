namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Whether pages may use the WebSocket.</summary>
    public const string DashboardWebSocket = "dashboard.websocket_enabled";

    /// <summary>Whether pages may use the Realtime protocol.</summary>
    public const string DashboardRealtime = "dashboard.realtime_enabled";

    /// <summary>Whether pages use both live sources at once.</summary>
    public const string DashboardDualMode = "dashboard.dual_mode";

    /// <summary>Live source that pages prefer.</summary>
    public const string DashboardTransport = "dashboard.transport";
}
