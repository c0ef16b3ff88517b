namespace Holdfast.Monitoring;

/// <summary>Delivery over our own WebSocket.</summary>
internal sealed class WebSocketAdapter : OutboxAdapter
{
    public override string Name => "websocket";
}
