using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>Which adapter counts, what the second one carries, and when one is not good enough. These may change while the process runs.</summary>
internal static class BroadcastFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        Switch(FlagNames.UseAdapter, true, "Whether broadcasts are counted, compared and guarded by an adapter; off: they go to the connections directly."),
        new FlagDefinition(FlagNames.AdapterType, FlagType.String, "realtime", "The first adapter, whose acknowledgement counts and which pages prefer: websocket, realtime, auto, or dual for both. The status shows the effective one.")
            .OneOf("websocket", "realtime", "dual", "auto"),
        Switch(FlagNames.DualMode, false, "Whether both adapters run at once, the one that is not the first as the second."),
        Switch(FlagNames.UseRealtime, true, "What the adapter type auto stands for: realtime, or off: websocket."),
        Percent(FlagNames.AdapterErrorPercent, 5, "Percent of failed broadcasts in a minute beyond which an adapter is not healthy."),
        Milliseconds(FlagNames.AdapterWebSocketLatencyMs, 200, "the WebSocket"),
        Milliseconds(FlagNames.AdapterRealtimeLatencyMs, 150, "the Realtime protocol, or the hosted project,"),
        new FlagDefinition(FlagNames.RolloutOverride, FlagType.String, "none", "One adapter alone, whatever type, dual mode and shares say: websocket_only or realtime_only; none: they hold.")
            .OneOf("none", "websocket_only", "realtime_only"),
        Share(FlagNames.RolloutCriticalPercent, 100, "critical events"),
        Share(FlagNames.RolloutPerformancePercent, 50, "performance events"),
        Share(FlagNames.RolloutUserActivityPercent, 0, "user activity"),
        Share(FlagNames.RolloutSystemPercent, 100, "system events"),
        Share(FlagNames.RolloutDebugPercent, 0, "debug events"),
        Alert(FlagNames.MismatchCriticalPercent, 1, "critical events"),
        Alert(FlagNames.MismatchPerformancePercent, 5, "performance events"),
        Alert(FlagNames.MismatchUserActivityPercent, 3, "user activity"),
        Alert(FlagNames.MismatchSystemPercent, 2, "system events"),
        Alert(FlagNames.MismatchDebugPercent, 10, "debug events"),
        Switch(FlagNames.MismatchTripsBreaker, true, "Whether too many mismatches open the circuit breaker of the second adapter."),
    ];

    private static FlagDefinition Share(string name, double fallback, string what) =>
        Percent(name, fallback, $"Percent of {what} that the second adapter carries in dual mode; the first carries everything.");

    private static FlagDefinition Alert(string name, double fallback, string what) =>
        Percent(name, fallback, $"Percent of the compared {what} that may differ between the adapters before there is an alert.");

    private static FlagDefinition Milliseconds(string name, long fallback, string what) =>
        new(name, FlagType.Int, fallback, $"Milliseconds (p95 of a minute) from commit to acknowledgement beyond which {what} is not healthy.") { Validator = Between(1, 600_000) };

    private static FlagDefinition Percent(string name, double fallback, string description) =>
        new(name, FlagType.Float, fallback, description) { Validator = Between(0.0, 100.0) };

    private static FlagDefinition Switch(string name, bool fallback, string description) => new(name, FlagType.Bool, fallback, description);
}
