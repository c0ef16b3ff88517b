using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Resilience;

namespace Holdfast.Pipeline;

/// <summary>Moves of circuits as events: <c>circuit_breaker_open</c>, <c>circuit_breaker_half_open</c>, <c>circuit_breaker_close</c>.</summary>
internal static class CircuitEvents
{
    public static MonitoringEvent Of(CircuitTransition transition) => new()
    {
        EventType = transition.EventType,
        Timestamp = transition.At,
        Data = Data(transition),
    };

    private static JsonObject Data(CircuitTransition transition)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            ResilienceJson.WriteTransition(json, transition);
        }

        return JsonNode.Parse(bytes.WrittenSpan)!.AsObject();
    }
}
