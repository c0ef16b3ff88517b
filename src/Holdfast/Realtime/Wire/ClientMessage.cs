namespace Holdfast.Realtime.Wire;

/// <summary>What a client has sent.</summary>
/// <param name="JoinRef">The <paramref name="Ref"/> of the join by which the channel was entered; null: the client does not say.</param>
/// <param name="Ref">What an answer names; null: none is wanted.</param>
/// <param name="Payload">JSON as it was sent, and valid. Empty where there is a <see cref="Broadcast"/>.</param>
internal sealed record ClientMessage(string? JoinRef, string? Ref, string Topic, string Event, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What a binary frame carries.</summary>
    public UserBroadcast? Broadcast { get; init; }
}

/// <summary>A message from one client to others, whose payload nobody here looks into.</summary>
/// <param name="Event">Its name among the listeners.</param>
/// <param name="Payload">JSON as it was sent, or bytes.</param>
/// <param name="IsJson">False: bytes, which only the newer serialization can carry.</param>
internal sealed record UserBroadcast(string Event, ReadOnlyMemory<byte> Payload, bool IsJson)
{
    /// <summary>What the sender says of the message to the server; empty: nothing.</summary>
    public ReadOnlyMemory<byte> Meta { get; init; }
}

/// <summary>What goes to a client, apart from broadcasts.</summary>
/// <param name="Payload">JSON; an object, since clients look for members without asking what it is.</param>
internal readonly record struct ServerMessage(string? JoinRef, string? Ref, string Topic, string Event, ReadOnlyMemory<byte> Payload);
