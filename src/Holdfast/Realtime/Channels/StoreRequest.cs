using System.Text.Json;

namespace Holdfast.Realtime.Channels;

/// <summary>A message is to be kept.</summary>
/// <param name="KeptFor">Null: as long as messages are kept.</param>
internal sealed record StoreRequest(TimeSpan? KeptFor)
{
    /// <summary>Reads <c>{"persist": true}</c> and <c>{"persist": {"ttl": seconds}}</c>; null: it is not to be kept.</summary>
    public static StoreRequest? Read(ReadOnlyMemory<byte> meta)
    {
        if (meta.IsEmpty)
        {
            return null;
        }

        using var document = JsonDocument.Parse(meta);
        return JoinRequest.Member(document.RootElement, "persist") switch
        {
            { ValueKind: JsonValueKind.True } => new StoreRequest((TimeSpan?)null),
            { ValueKind: JsonValueKind.Object } persist => Of(JoinRequest.Member(persist, "ttl") is { ValueKind: JsonValueKind.Number } ttl && ttl.TryGetInt32(out var seconds) ? seconds : null),
            _ => null,
        };
    }

    /// <param name="seconds">Null: not said. What is no time at all counts as not said.</param>
    public static StoreRequest Of(int? seconds) => new(seconds > 0 ? TimeSpan.FromSeconds(seconds.Value) : null);
}
