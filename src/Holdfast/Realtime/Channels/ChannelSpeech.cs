using System.Text.Json;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>What a client says within a channel: messages to others, and that it is present.</summary>
/// <param name="breakOff">Ends a channel that may be entered again, with the reason.</param>
internal sealed class ChannelSpeech(RealtimeServer server, Action<RealtimeChannel, string> breakOff)
{
    /// <summary>Bytes of what is said in the live topic: as many as a frame of <c>/live</c> may have.</summary>
    private const int LiveFrameBytesMax = 4096;

    /// <summary>A message to others, or to the live topic.</summary>
    public void Broadcast(RealtimeChannel channel, ClientMessage message)
    {
        if ((message.Broadcast ?? UserBroadcastText.Read(message.Payload)) is not { } broadcast)
        {
            server.NoteMalformed();
            return;
        }

        var fault = channel.Live is { } feed ? Hear(feed, broadcast) : Send(channel, broadcast);
        if (channel.Ack && !channel.Closed)
        {
            channel.Reply(message.Ref, fault ?? PhoenixPayloads.Ok);
        }
    }

    /// <summary>Says that the client is present, or is not any more.</summary>
    public void Presence(RealtimeChannel channel, ClientMessage message)
    {
        using var document = JsonDocument.Parse(message.Payload);
        var fault = JoinRequest.Text(document.RootElement, "event")?.ToLowerInvariant() switch
        {
            null => null,
            _ when !channel.PresenceCalls.TryTake(server.Time.GetUtcNow()) => "ClientPresenceRateLimitReached: Client presence rate limit exceeded",
            "track" => Track(channel, JoinRequest.Member(document.RootElement, "payload")),
            "untrack" => Untrack(channel),
            _ => "UnknownPresenceEvent: track and untrack are known",
        };
        channel.Reply(message.Ref, fault is null ? PhoenixPayloads.Ok : PhoenixPayloads.Error(fault));
    }

    /// <summary>What is said in the live topic is for the server, and goes to nobody else.</summary>
    private static ReadOnlyMemory<byte>? Hear(ILiveChannel feed, UserBroadcast broadcast)
    {
        if (broadcast.Payload.Length > LiveFrameBytesMax)
        {
            return PhoenixPayloads.TooLarge();
        }

        if (LiveBroadcast.FrameOf(broadcast) is { } frame)
        {
            feed.Handle(frame);
            return null;
        }

        return PhoenixPayloads.Error("In this topic only broadcasts of the event frame are understood, with the frame as its member frame.");
    }

    /// <returns>The answer that says why it was not sent; null: it was.</returns>
    private ReadOnlyMemory<byte>? Send(RealtimeChannel channel, UserBroadcast broadcast)
    {
        if (!channel.Rights.MayBroadcast)
        {
            return RefuseToWrite(channel);
        }

        if (broadcast.Payload.Length > server.Options.PayloadBytesMax)
        {
            return PhoenixPayloads.TooLarge();
        }

        if (!server.Rates.Take(channel.Rights.Who, 1, server.Options.MessagesPerSecond).Taken)
        {
            breakOff(channel, "Too many messages per second");
            return null;
        }

        server.Hub.Publish(channel.Topic, broadcast, channel.Self ? null : channel, StoreRequest.Read(broadcast.Meta));
        return null;
    }

    // Who asked for no answers is told once, so that he does not wonder for ever.
    private static byte[] RefuseToWrite(RealtimeChannel channel)
    {
        var reason = $"Unauthorized: You do not have permissions to write to this Channel topic: {channel.Topic.Name}";
        if (!channel.WarnedOfWriting)
        {
            channel.WarnedOfWriting = true;
            channel.System(reason, good: false);
        }

        return PhoenixPayloads.Error(reason);
    }

    private string? Track(RealtimeChannel channel, JsonElement said)
    {
        if (said.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined))
        {
            return "Presence track payload must be a map";
        }

        if (said.ValueKind == JsonValueKind.Undefined)
        {
            using var nothing = JsonDocument.Parse(PhoenixPayloads.Empty);
            said = nothing.RootElement.Clone();
        }

        return said.GetRawText().Length > server.Options.PresenceBytesMax ? "Track message size exceeded"
            : server.Hub.Track(channel, said) ? null
            : "PresenceRateLimitReached: Too many are present in this topic";
    }

    private string? Untrack(RealtimeChannel channel)
    {
        server.Hub.Untrack(channel);
        return null;
    }
}
