namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>What the adapter type <c>auto</c> stands for.</summary>
    public const string UseRealtime = "MONITORING_USE_REALTIME";

    /// <summary>Failed broadcasts beyond which an adapter is not healthy.</summary>
    public const string AdapterErrorPercent = "MONITORING_ADAPTER_ERROR_PERCENT";

    /// <summary>Latency beyond which the WebSocket is not healthy.</summary>
    public const string AdapterWebSocketLatencyMs = "MONITORING_ADAPTER_WEBSOCKET_LATENCY_MS";

    /// <summary>Latency beyond which the Realtime protocol, or the hosted project, is not healthy.</summary>
    public const string AdapterRealtimeLatencyMs = "MONITORING_ADAPTER_REALTIME_LATENCY_MS";

    /// <summary>One adapter alone, whatever the others say.</summary>
    public const string RolloutOverride = "MONITORING_ROLLOUT_OVERRIDE";

    /// <summary>Share of critical events that the second adapter carries.</summary>
    public const string RolloutCriticalPercent = "MONITORING_ROLLOUT_CRITICAL_PERCENT";

    /// <summary>Share of performance events that the second adapter carries.</summary>
    public const string RolloutPerformancePercent = "MONITORING_ROLLOUT_PERFORMANCE_PERCENT";

    /// <summary>Share of user activity that the second adapter carries.</summary>
    public const string RolloutUserActivityPercent = "MONITORING_ROLLOUT_USER_ACTIVITY_PERCENT";

    /// <summary>Share of system events that the second adapter carries.</summary>
    public const string RolloutSystemPercent = "MONITORING_ROLLOUT_SYSTEM_PERCENT";

    /// <summary>Share of debug events that the second adapter carries.</summary>
    public const string RolloutDebugPercent = "MONITORING_ROLLOUT_DEBUG_PERCENT";

    /// <summary>Mismatches of critical events that raise an alert.</summary>
    public const string MismatchCriticalPercent = "MONITORING_MISMATCH_CRITICAL_PERCENT";

    /// <summary>Mismatches of performance events that raise an alert.</summary>
    public const string MismatchPerformancePercent = "MONITORING_MISMATCH_PERFORMANCE_PERCENT";

    /// <summary>Mismatches of user activity that raise an alert.</summary>
    public const string MismatchUserActivityPercent = "MONITORING_MISMATCH_USER_ACTIVITY_PERCENT";

    /// <summary>Mismatches of system events that raise an alert.</summary>
    public const string MismatchSystemPercent = "MONITORING_MISMATCH_SYSTEM_PERCENT";

    /// <summary>Mismatches of debug events that raise an alert.</summary>
    public const string MismatchDebugPercent = "MONITORING_MISMATCH_DEBUG_PERCENT";

    /// <summary>Whether an alert opens the second adapter's circuit breaker.</summary>
    public const string MismatchTripsBreaker = "MONITORING_MISMATCH_TRIPS_BREAKER";
}
