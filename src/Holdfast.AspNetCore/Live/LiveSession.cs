using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Holdfast.Monitoring;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Live;

/// <summary>What every session shares.</summary>
internal sealed record LiveContext(
    Broadcaster Broadcaster, WebSocketAdapter Adapter, EventLog Log, Overview Overview, ServiceStatus Status, Func<string> FlagsEtag, TimeProvider Time, ILogger<LiveSession> Logger);

/// <summary>
/// One watcher of <c>/live</c>:
/// 1. attach to the broadcaster, so that nothing falls between history and present;
/// 2. hello, series, snapshot;
/// 3. catch up from the log, from the watcher's cursor to the moment of attachment;
/// 4. send what the outbox has and read what the watcher says, until either ends.
/// </summary>
internal sealed class LiveSession(LiveContext context, WebSocket socket, string connectionId) : IDisposable
{
    private const int ClientFrameBytesMax = 4_096;

    private readonly Outbox _outbox = new();
    private readonly CancellationTokenSource _end = new();
    private string _endReason = "the watcher left";
    private WebSocketCloseStatus _endStatus = WebSocketCloseStatus.NormalClosure;

    /// <param name="since">Where the watcher stood; empty for a new one.</param>
    public async Task RunAsync(IReadOnlyDictionary<Guid, long> since, CancellationToken requestAborted)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, requestAborted);
        var head = context.Broadcaster.Attach(context.Adapter, _outbox);
        context.Logger.WatcherConnected(connectionId, context.Adapter.ConnectionCount);
        try
        {
            await GreetAsync(head, linked.Token);
            await new CatchUp(context, WriteAsync).RunAsync(since, head, linked.Token);
            await ConverseAsync(linked.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            _endReason = _end.IsCancellationRequested ? _endReason : "the connection broke";
        }
        finally
        {
            context.Adapter.Remove(_outbox);
            await Sockets.CloseAsync(socket, _endStatus, _endReason);
            context.Logger.WatcherLeft(connectionId, _endReason);
        }
    }

    /// <summary>Ends the session with a reason; the watcher is told when to come back.</summary>
    public void End(string reason, WebSocketCloseStatus status, TimeSpan retryAfter)
    {
        (_endReason, _endStatus) = (reason, status);
        _outbox.Finish(LiveFrames.Bye(reason, retryAfter));
    }

    public void Dispose() => _end.Dispose();

    /// <summary>Breaks off a session that did not end by itself.</summary>
    public void Abort() => _end.Cancel();

    private async Task GreetAsync(long head, CancellationToken cancellationToken)
    {
        var epoch = context.Broadcaster.Epoch;
        var cursor = LiveCursor.Encode(epoch, head);
        await WriteAsync(LiveFrames.Hello(epoch, cursor, context.Time.GetUtcNow(), context.Status.Identity.Node, context.FlagsEtag()), cancellationToken);
        await WriteAsync(LiveFrames.Series(context.Broadcaster.Series.Entries()), cancellationToken);
        await WriteAsync(LiveFrames.Snapshot("overview", cursor, context.Overview.Write), cancellationToken);
    }

    /// <summary>Sends and reads side by side. Whoever ends first ends the other, after the goodbye has gone out.</summary>
    private async Task ConverseAsync(CancellationToken cancellationToken)
    {
        var send = SendAsync(cancellationToken);
        var receive = ReceiveAsync(cancellationToken);
        var first = await Task.WhenAny(send, receive);
        await Sockets.CloseAsync(socket, _endStatus, _endReason);
        await Sockets.EndAsync(socket, receive);
        await _end.CancelAsync();
        await Task.WhenAll(send, receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var frames = await _outbox.TakeAsync(cancellationToken);
            foreach (var frame in frames)
            {
                await WriteAsync(frame, cancellationToken);
            }

            context.Adapter.NoteDelivered(frames.Count);
            if (_outbox.Overflowed)
            {
                (_endReason, _endStatus) = ("it did not read what must be delivered", (WebSocketCloseStatus)1013);
                context.Adapter.NoteClosed();
                return;
            }

            if (_outbox.Finished && frames.Count == 0)
            {
                return;
            }
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ClientFrameBytesMax);
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length, ClientFrameBytesMax - length), cancellationToken);
                    length += part.Count;
                }
                while (!part.EndOfMessage && length < ClientFrameBytesMax);

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                if (!part.EndOfMessage)
                {
                    (_endReason, _endStatus) = ("it sent a frame that is too large", WebSocketCloseStatus.MessageTooBig);
                    return;
                }

                Handle(buffer.AsMemory(0, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A frame of the watcher; nonsense is answered and the session goes on.</summary>
    private void Handle(ReadOnlyMemory<byte> frame)
    {
        try
        {
            using var document = JsonDocument.Parse(frame, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() < 2 || root[0].ValueKind != JsonValueKind.String)
            {
                Refuse("frame", "An array is wanted whose first element is the type: [\"sub\", topic].");
                return;
            }

            Dispatch(root[0].GetString()!, root[1]);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second kind: a text with half of a surrogate pair is noticed only when it is read.
            Refuse("frame", $"Not JSON: {fault.Message}");
        }
    }

    private void Dispatch(string type, JsonElement argument)
    {
        switch (type)
        {
            case "sub" or "unsub":
                Subscribe(argument, wanted: type == "sub");
                break;
            case "pong" when argument.ValueKind == JsonValueKind.Number && argument.TryGetInt64(out var sent):
                var rtt = context.Time.GetUtcNow().ToUnixTimeMilliseconds() - sent;
                _outbox.OfferOwn(You(Math.Max(0, rtt)));
                break;
            case "m" when argument.ValueKind == JsonValueKind.Object:
                // What the page measured is of use once rollouts are guarded by it; until then it is accepted and not kept.
                break;
            default:
                Refuse("type", $"'{type}' is not known here or its argument is not of the right form. Known: sub, unsub, pong, m.");
                break;
        }
    }

    private void Subscribe(JsonElement topic, bool wanted)
    {
        switch (topic.ValueKind == JsonValueKind.String ? topic.GetString() : null)
        {
            case "overview":
                _outbox.WantsOverview = wanted;
                break;
            case "events":
                _outbox.WantsEvents = wanted;
                break;
            default:
                Refuse("topic", "Known topics: overview, events.");
                break;
        }
    }

    private void Refuse(string field, string message) => _outbox.Offer(new ControlUpdate(LiveFrames.Problem(field, message)));

    private byte[] You(long rttMilliseconds)
    {
        void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, connectionId);
            json.WriteNumber("rtt_ms"u8, rttMilliseconds);
            json.WriteEndObject();
        }

        return LiveFrames.Put("overview", LiveCursor.Encode(context.Broadcaster.Epoch, context.Broadcaster.Head), [("you", Write)]);
    }

    private ValueTask WriteAsync(byte[] frame, CancellationToken cancellationToken) =>
        socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
}
