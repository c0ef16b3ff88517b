namespace Holdfast.Realtime.Wire;

/// <summary>A WebSocket message of the protocol.</summary>
internal readonly record struct RealtimeFrame(byte[] Bytes, bool Binary);
