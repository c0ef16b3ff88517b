namespace Holdfast.Benchmarks.Live;

/// <summary>Our own server over the Supabase Realtime protocol: the live frames in broadcasts of one topic, in its second version.</summary>
internal sealed class RealtimeLive(string durability) : HoldfastLive(durability)
{
    private const string Topic = "realtime:holdfast:live";

    public override string Name => $"realtime ({Durability})";

    public override string WatchPath => "/realtime/v1/websocket?apikey=bench&vsn=2.0.0";

    public override IReadOnlyList<string> Greeting =>
    [
        $$$"""["1","1","{{{Topic}}}","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"presence":{"enabled":false},"postgres_changes":[],"private":false}}]""",
        $$$"""["1","2","{{{Topic}}}","broadcast",{"type":"broadcast","event":"frame","payload":{"frame":["unsub","overview"]}}]""",
    ];

    public override string Heartbeat => """[null,"3","phoenix","heartbeat",{}]""";

    public override bool IsGreeted(ReadOnlySpan<byte> message) => message.IndexOf("[\"s\",\"overview\""u8) >= 0;
}
