namespace Holdfast.Monitoring.Adapters;

/// <summary>How broadcasts are to be made. All of it may change while the process runs.</summary>
internal sealed record BroadcastOptions
{
    /// <summary>Whether broadcasts are counted and guarded by an adapter. Default: true.</summary>
    public bool UseAdapter { get; init; } = true;

    /// <summary>The first adapter: <c>websocket</c>, <c>realtime</c>, <c>auto</c>, or <c>dual</c>. Default: <c>realtime</c>.</summary>
    public string AdapterType { get; init; } = AdapterNames.Realtime;

    /// <summary>Whether both run at once. Default: false.</summary>
    public bool DualMode { get; init; }

    /// <summary>What <c>auto</c> stands for: the Realtime adapter, or the WebSocket. Default: true.</summary>
    public bool UseRealtime { get; init; } = true;

    /// <summary>One adapter alone, by name; null: what the others say. Default: null.</summary>
    public string? Only { get; init; }

    /// <summary>What the second adapter carries.</summary>
    public RolloutShares Shares { get; init; } = RolloutShares.Default;

    /// <summary>Percent of the compared events of a category that may differ before there is an alert.</summary>
    public CategoryPercents MismatchPercentMax { get; init; } = new(Critical: 1, Performance: 5, UserActivity: 3, System: 2, Debug: 10);

    /// <summary>Whether such an alert opens the breaker of the second adapter. Default: true.</summary>
    public bool MismatchTripsBreaker { get; init; } = true;

    /// <summary>Percent of failed broadcasts in a minute beyond which an adapter is not healthy. Default: 5.</summary>
    public double ErrorPercentMax { get; init; } = 5;

    /// <summary>From commit to acknowledgement, p95 of a minute, beyond which the WebSocket is not healthy. Default: 200 ms.</summary>
    public TimeSpan WebSocketLatencyMax { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The same of every other adapter. Default: 150 ms.</summary>
    public TimeSpan RealtimeLatencyMax { get; init; } = TimeSpan.FromMilliseconds(150);

    public TimeSpan LatencyMaxOf(string adapter) => adapter == AdapterNames.WebSocket ? WebSocketLatencyMax : RealtimeLatencyMax;
}

/// <summary>The names of adapters, and of what can be asked for.</summary>
internal static class AdapterNames
{
    public const string WebSocket = "websocket";
    public const string Realtime = "realtime";

    /// <summary>The hosted project that takes the place of the server's own Realtime endpoint, where there is one.</summary>
    public const string Supabase = "supabase";

    public const string Dual = "dual";
    public const string Auto = "auto";

    public static string OtherThan(string adapter) => adapter == WebSocket ? Realtime : WebSocket;
}
