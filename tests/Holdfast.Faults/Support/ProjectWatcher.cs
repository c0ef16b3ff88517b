using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Holdfast.Faults.Support;

/// <summary>Watches what is published to a project: joins the topic, joins again whenever it loses it, and keeps what it was told.</summary>
internal sealed class ProjectWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private readonly Uri _address;
    private readonly Lock _gate = new();
    private readonly List<long> _sequences = [];
    private readonly Task _watching;
    private volatile bool _joined;

    /// <param name="project">Where it listens.</param>
    public ProjectWatcher(Uri project)
    {
        _address = new UriBuilder(new Uri(project, "realtime/v1/websocket?apikey=any&vsn=1.0.0")) { Scheme = "ws" }.Uri;
        _watching = WatchAsync();
    }

    /// <summary>It has the topic at this moment.</summary>
    public bool Joined => _joined;

    /// <summary>Numbers of the events it was told, as they came.</summary>
    public IReadOnlyList<long> Sequences
    {
        get { lock (_gate) return [.. _sequences]; }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var socket = new ClientWebSocket();
                await socket.ConnectAsync(_address, _end.Token);
                var join = """{"topic":"realtime:holdfast","event":"phx_join","payload":{"config":{"broadcast":{"self":false,"ack":false}}},"ref":"1","join_ref":"1"}""";
                await socket.SendAsync(Encoding.UTF8.GetBytes(join), WebSocketMessageType.Text, endOfMessage: true, _end.Token);
                await ReadAsync(socket);
            }
            catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or HttpRequestException)
            {
                // The project is away, or the test is over.
            }

            _joined = false;
            await Task.Delay(Again, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(ClientWebSocket socket)
    {
        var buffer = new byte[1 << 20];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), _end.Token);
                length += part.Count;
            }
            while (!part.EndOfMessage);

            if (part.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            using var message = JsonDocument.Parse(buffer.AsMemory(0, length));
            Note(message.RootElement);
        }
    }

    private void Note(JsonElement message)
    {
        _joined |= message.GetProperty("event").GetString() == "phx_reply";
        if (message.GetProperty("event").GetString() != "broadcast" || !message.GetProperty("payload").GetProperty("payload").TryGetProperty("frames", out var frames))
        {
            return;
        }

        lock (_gate)
        {
            _sequences.AddRange(frames.EnumerateArray().Where(frame => frame[0].GetString() == "e").SelectMany(frame => frame[2].EnumerateArray()).Select(item => item.GetProperty("sequence_id").GetInt64()));
        }
    }
}
