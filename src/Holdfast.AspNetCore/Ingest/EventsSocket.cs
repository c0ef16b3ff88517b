using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>
/// <c>GET /events</c> as WebSocket: each text frame is one event, answered in order after it is durable. Events are taken while earlier
/// ones are still on their way to disk, so that one connection fills a group commit.
/// </summary>
internal sealed class EventsSocket(
    NodeParts parts, FlagManager flags, LifecycleState lifecycle, LiveSessions sessions, BodyBudget budget, ILogger<EventsSocket> logger)
{
    /// <summary>Events of one connection that may wait for durability; then the connection is not read from.</summary>
    public const int InFlightMax = 256;

    private const int FramingBytes = 4 << 10;
    private static readonly (WebSocketCloseStatus Status, string Reason) Restart = ((WebSocketCloseStatus)1012, "the server restarts");
    private static readonly (WebSocketCloseStatus Status, string Reason) Failed = (WebSocketCloseStatus.InternalServerError, "answering failed");
    private static readonly (WebSocketCloseStatus Status, string Reason) NoRoom = ((WebSocketCloseStatus)1013, "too much is arriving at once");

    public Task ConnectAsync(HttpContext context) => Sockets.AcceptAsync(context, sessions, async socket =>
    {
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await sessions.HoldAsync(
            context.Caller(), _ => leave.TrySetResult(), socket.Abort, () => RunAsync(socket, EventsPost.SenderOf(context), leave.Task, context.RequestAborted));
    });

    private async Task RunAsync(WebSocket socket, EventSender sender, Task leave, CancellationToken cancellationToken)
    {
        // 1. Take and answer until the client or the server wants to leave.
        var answers = Channel.CreateBounded<Task<byte[]>>(new BoundedChannelOptions(InFlightMax) { SingleReader = true });
        var reading = ReadAsync(socket, sender, answers.Writer, cancellationToken);
        var answering = AnswerAsync(socket, answers.Reader);
        await Task.WhenAny(reading, answering, leave);

        // 2. What was taken is answered; what comes from here on is not taken.
        answers.Writer.TryComplete();
        var answered = await EndedWellAsync(answering);

        // 3. Goodbye.
        var (status, reason) = !answered ? Failed : reading.IsCompleted ? await reading : Restart;
        await Sockets.CloseAsync(socket, status, reason);
        await Sockets.EndAsync(socket, reading);
    }

    /// <summary>Whether every answer could be sent. Events without an answer must not be taken, so a fault ends the connection.</summary>
    private async Task<bool> EndedWellAsync(Task answering)
    {
        try
        {
            await answering;
            return true;
        }
        catch (Exception fault)
        {
            logger.AnsweringFailed(fault);
            return false;
        }
    }

    /// <summary>Returns how the connection is to be closed.</summary>
    private async Task<(WebSocketCloseStatus Status, string Reason)> ReadAsync(
        WebSocket socket, EventSender sender, ChannelWriter<Task<byte[]>> answers, CancellationToken cancellationToken)
    {
        try
        {
            while (await ReceiveAsync(socket, cancellationToken) is { } frame)
            {
                if (!await answers.WaitToWriteAsync(cancellationToken))
                {
                    // No answer will be sent any more, so the event must not be taken: the client sends it again elsewhere.
                    continue;
                }

                answers.TryWrite(TakeAsync(frame, sender));
            }

            return (WebSocketCloseStatus.NormalClosure, "");
        }
        catch (BudgetUsedUpException)
        {
            return NoRoom;
        }
        catch (InvalidDataException bad)
        {
            return (bad.Message.StartsWith("text", StringComparison.Ordinal) ? WebSocketCloseStatus.InvalidMessageType : WebSocketCloseStatus.MessageTooBig, bad.Message);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            return (WebSocketCloseStatus.EndpointUnavailable, "the connection broke");
        }
        finally
        {
            answers.TryComplete();
        }
    }

    /// <summary>One frame, or null when the client closes. The copy is the event's own: it is in flight when the next one is read.</summary>
    private async Task<byte[]?> ReceiveAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var max = (int)flags.GetInt(FlagNames.MaxEventBytes) + FramingBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(max, 16 << 10));
        var first = buffer.Length;
        try
        {
            for (var length = 0; ;)
            {
                if (length == buffer.Length)
                {
                    buffer = Grow(buffer, length, max);
                }

                var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }

                if (part.MessageType == WebSocketMessageType.Binary)
                {
                    throw new InvalidDataException("text frames are wanted, one event each");
                }

                if (part.EndOfMessage)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }
            }
        }
        finally
        {
            budget.GiveBack(buffer.Length - first);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Room for a large frame comes from the budget of the bodies; the first piece does not, it is bounded by the number of connections.</summary>
    private byte[] Grow(byte[] buffer, int length, int max)
    {
        if (length >= max)
        {
            throw new InvalidDataException($"an event is at most {max} bytes");
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(max, length * 2));
        if (!budget.TryTake(larger.Length - buffer.Length, BodyBudget.MaxFor(flags.GetInt(FlagNames.MaxBodyBytes))))
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw new BudgetUsedUpException();
        }

        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>Takes one event and makes the answer to it.</summary>
    private async Task<byte[]> TakeAsync(byte[] frame, EventSender sender)
    {
        using var work = lifecycle.Enter();
        if (!lifecycle.Accepting)
        {
            return Failure([new EventError("draining", "event", "The server is shutting down. Connect again and send the event again.")]);
        }

        try
        {
            // Not cancelled with the connection: what is durable is durable, whether or not the answer arrives.
            var result = await parts.Intake.IngestAsync(frame, EventFormat.JsonObject, sender, CancellationToken.None);
            return result.Only is { } only ? Received(only)
                : Failure(result.Rejected.Count > 0 ? result.Rejected[0].Errors : [new EventError("json", "event", result.Problem ?? "Not an event.")]);
        }
        catch (SpoolFullException full)
        {
            return Failure([new EventError("spool_full", "event", $"{full.Message} Try again in {full.RetryAfter.TotalSeconds:F0} s.")]);
        }
        catch (SpoolUnavailableException unavailable)
        {
            return Failure([new EventError("spool_unavailable", "event", $"{unavailable.Message} Nothing was recorded.")]);
        }
        catch (Exception fault)
        {
            logger.TakingFailed(fault);
            return Failure([new EventError("internal", "event", "The event could not be taken; the server's log has the reason. Send it again.")]);
        }
    }

    private static async Task AnswerAsync(WebSocket socket, ChannelReader<Task<byte[]>> answers)
    {
        await foreach (var pending in answers.ReadAllAsync())
        {
            var answer = await pending;
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await SendAsync(socket, answer);
            }
        }
    }

    private static async Task SendAsync(WebSocket socket, byte[] answer)
    {
        try
        {
            await socket.SendAsync(answer.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is gone, or the connection was broken off while this was on its way. Its events are durable; it will send again what it has no answer to, and ids make that harmless.
            socket.Abort();
        }
    }

    private static byte[] Received(AcceptedEvent only) => Build(json =>
    {
        json.WriteString("status"u8, "received"u8);
        json.WriteString("event_type"u8, only.EventType);
        json.WriteString("event_id"u8, only.Receipt.EventId);
    });

    private static byte[] Failure(IReadOnlyList<EventError> errors) => Build(json =>
    {
        json.WriteString("status"u8, "error"u8);
        json.WritePropertyName("errors"u8);
        Problem.WriteErrors(json, errors);
    });

    private static byte[] Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
