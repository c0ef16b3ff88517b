using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;

namespace Holdfast.Cli.Watch;

/// <summary>
/// The server's live stream, for as long as somebody listens. When it breaks it is connected again with the cursor: what was told meanwhile
/// comes then, and nothing comes twice.
/// </summary>
/// <param name="since">Where to go on; null: from now.</param>
/// <param name="take">Gets each frame; false ends the listening.</param>
/// <param name="note">Gets a sentence when the connection is lost, and null when it stands.</param>
internal sealed class LiveStream(Session session, string? since, Func<JsonElement, bool> take, Action<string?> note)
{
    // A batch is at most 1 MiB; the catch-up of a long absence comes in many frames.
    private const int FrameBytesMax = 32 << 20;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>Behind the last event that was taken.</summary>
    public string? Cursor { get; private set; } = since;

    /// <summary>Ends when a frame is refused, or when the server refuses the caller.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var delay = FirstDelay; ; delay = Min(delay * 2, LongestDelay))
        {
            try
            {
                using var socket = await session.ConnectAsync(Cursor is null ? "live" : $"live?since={Cursor}", cancellationToken);
                note(null);
                delay = FirstDelay;
                if (!await ListenAsync(socket, cancellationToken))
                {
                    return;
                }

                note("The server has ended the connection. Connecting again.");
            }
            catch (ServerException refused) when (refused.Status == HttpStatusCode.BadRequest)
            {
                throw new ServerException("What --since says is no cursor. Leave it out to begin now.", refused.Status, problem: null, refused);
            }
            catch (WebSocketException broken)
            {
                note($"The connection is lost: {broken.Message} Connecting again.");
            }

            await Task.Delay(delay, cancellationToken);
        }
    }

    /// <summary>False: nothing more is wanted.</summary>
    private async Task<bool> ListenAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var frame = new ArrayBufferWriter<byte>(64 << 10);
        while (true)
        {
            var part = await socket.ReceiveAsync(frame.GetMemory(16 << 10), cancellationToken);
            frame.Advance(part.Count);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return true;
            }

            if (frame.WrittenCount > FrameBytesMax)
            {
                throw new ServerException("A frame of the live stream has no end. Is this a Holdfast server?", status: null, problem: null);
            }

            if (part.EndOfMessage)
            {
                if (!Take(JsonElement.Parse(frame.WrittenSpan)))
                {
                    return false;
                }

                frame.ResetWrittenCount();
            }
        }
    }

    private bool Take(JsonElement frame)
    {
        if (!take(frame))
        {
            // It may have been taken in part: whoever goes on from here is rather told something twice than never.
            return false;
        }

        Cursor = frame[0].GetString() switch
        {
            "h" => Cursor ?? frame[1].GetProperty("cursor").GetString(),
            "e" => frame[1].GetString(),
            _ => Cursor,
        };
        return true;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
