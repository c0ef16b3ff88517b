namespace Holdfast.Monitoring.Adapters;

/// <summary>How broadcasts are made.</summary>
internal enum BroadcastMode
{
    /// <summary>Straight to the connections; <c>direct</c> on the wire.</summary>
    Direct,

    /// <summary>One adapter counts; <c>adapter</c> on the wire.</summary>
    Adapter,

    /// <summary>Two run at once; <c>dual</c> on the wire.</summary>
    Dual,
}

/// <summary>What the settings come to: pure.</summary>
/// <param name="Mode">How broadcasts are made.</param>
/// <param name="Primary">The adapter whose acknowledgement counts: <c>websocket</c> or <c>realtime</c>.</param>
/// <param name="Secondary">The other one, in dual mode.</param>
internal sealed record BroadcastPlan(BroadcastMode Mode, string Primary, string? Secondary)
{
    public static BroadcastPlan Of(BroadcastOptions options)
    {
        if (!options.UseAdapter)
        {
            return new BroadcastPlan(BroadcastMode.Direct, AdapterNames.WebSocket, null);
        }

        if (options.Only is { } only)
        {
            return new BroadcastPlan(BroadcastMode.Adapter, only, null);
        }

        var primary = PrimaryOf(options);
        return options.DualMode || options.AdapterType == AdapterNames.Dual
            ? new BroadcastPlan(BroadcastMode.Dual, primary, AdapterNames.OtherThan(primary))
            : new BroadcastPlan(BroadcastMode.Adapter, primary, null);
    }

    public string ModeName => NameOf(Mode);

    public static string NameOf(BroadcastMode mode) => mode switch
    {
        BroadcastMode.Direct => "direct",
        BroadcastMode.Adapter => "adapter",
        BroadcastMode.Dual => "dual",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a mode."),
    };

    public override string ToString() => Secondary is null ? $"{ModeName} ({Primary})" : $"{ModeName} ({Primary}, {Secondary})";

    // The type dual names no first: it is the one that needs nothing but this server.
    private static string PrimaryOf(BroadcastOptions options) => options.AdapterType switch
    {
        AdapterNames.Auto => options.UseRealtime ? AdapterNames.Realtime : AdapterNames.WebSocket,
        AdapterNames.Dual => AdapterNames.WebSocket,
        var named => named,
    };
}
