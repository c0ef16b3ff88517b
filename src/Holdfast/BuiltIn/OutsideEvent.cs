using System.Text.Json;

namespace Holdfast.BuiltIn;

/// <summary>An event from outside as the data of one on the bus, which has its type and is marked <see cref="EventMarks.Outside"/>. It is recorded already.</summary>
/// <param name="Data">An object.</param>
/// <param name="Metadata">An object.</param>
internal sealed record OutsideEvent(Guid EventId, JsonElement Data, JsonElement Metadata)
{
    /// <summary>Whose key it came with; null: no key was needed.</summary>
    public string? Sender { get; init; }
}
