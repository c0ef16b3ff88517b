namespace Holdfast.Flags;

/// <summary>Which live sources the page uses: flags for clients, so rules and percentages apply.</summary>
internal static class DashboardFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        Switch(FlagNames.DashboardWebSocket, "MONITORING_DASHBOARD_WEBSOCKET_ENABLED", true, "Whether pages may use the WebSocket as live source; not both sources may be off."),
        Switch(FlagNames.DashboardRealtime, "MONITORING_DASHBOARD_REALTIME_ENABLED", true, "Whether pages may use the Realtime protocol as live source; not both sources may be off."),
        Switch(FlagNames.DashboardDualMode, "MONITORING_DASHBOARD_DUAL_MODE", false, "Whether pages use both live sources at once."),
        new FlagDefinition(FlagNames.DashboardTransport, FlagType.String, "ws", "Live source that pages prefer: ws or realtime.")
        {
            EnvironmentName = "MONITORING_DASHBOARD_TRANSPORT",
            ForClients = true,
        }.OneOf("ws", "realtime"),
    ];

    /// <summary>A page without any source would show nothing, and nobody could see there that this is why.</summary>
    public static IReadOnlyList<FlagConstraint> Constraints { get; } =
    [
        new(
            [FlagNames.DashboardWebSocket, FlagNames.DashboardRealtime],
            read => (bool)read(FlagNames.DashboardWebSocket) || (bool)read(FlagNames.DashboardRealtime) ? null : "must not both be off: pages would have no live source"),
    ];

    private static FlagDefinition Switch(string name, string environmentName, bool fallback, string description) =>
        new(name, FlagType.Bool, fallback, description) { EnvironmentName = environmentName, ForClients = true };
}
