using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;

namespace Holdfast.Faults.Support;

/// <summary>
/// A watcher of <c>/live</c> that goes from server to server and takes its cursor along, as a page does. It reads in the background, and
/// notes what it was told: each event under its epoch and number, with the number that the test gave it and when it came.
/// </summary>
internal sealed class LiveWatcher(EventNaming naming) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(Guid Epoch, long Sequence), long> _seen = [];
    private readonly Dictionary<long, long> _arrivals = [];
    private readonly Dictionary<Guid, long> _lastOf = [];
    private TaskCompletionSource _more = New();
    private ClientWebSocket? _socket;
    private Task _reading = Task.CompletedTask;
    private string? _cursor;
    private int _frames;

    /// <summary>Events that came a second time, by epoch and number.</summary>
    public int Duplicates { get; private set; }

    /// <summary>Events that came after a later one of their epoch.</summary>
    public int OutOfOrder { get; private set; }

    /// <summary>Numbers that it was told are missing.</summary>
    public long Gaps { get; private set; }

    /// <summary>What the last server that said goodbye asked for: the time until it comes back.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>When the snapshot of the present connection came.</summary>
    public long LiveSince { get; private set; }

    /// <summary>Completes when the connection has ended, whoever ended it.</summary>
    public Task Ended => _reading;

    /// <summary>The test's own numbers of the events that it has.</summary>
    public IReadOnlySet<long> Numbers
    {
        get
        {
            lock (_gate)
            {
                return _seen.Values.ToHashSet();
            }
        }
    }

    /// <summary>Connects where the last connection ended, and returns when it is greeted.</summary>
    public async Task ConnectAsync(Uri server, CancellationToken cancellationToken)
    {
        await LeaveAsync();
        RetryAfter = null;
        var socket = _socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        var greeted = New();
        var since = _cursor is null ? "" : $"?since={_cursor}";
        await socket.ConnectAsync(new UriBuilder(new Uri(server, $"live{since}")) { Scheme = "ws" }.Uri, cancellationToken);
        _reading = ReadAsync(socket, greeted);
        await greeted.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Breaks the connection off, whatever is on its way.</summary>
    public async Task LeaveAsync()
    {
        _socket?.Abort();
        await _reading;
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Waits for so many frames of events on this connection.</summary>
    public async Task WhenReadAsync(int frames, CancellationToken cancellationToken)
    {
        for (var wanted = Volatile.Read(ref _frames) + frames; Volatile.Read(ref _frames) < wanted;)
        {
            await MoreAsync(cancellationToken);
        }
    }

    /// <summary>Waits until it has all these events.</summary>
    public async Task WhenHasAsync(IReadOnlyCollection<long> numbers, CancellationToken cancellationToken)
    {
        while (!Numbers.IsSupersetOf(numbers))
        {
            await MoreAsync(cancellationToken);
        }
    }

    /// <summary>When an event came, by the clock of <see cref="Stopwatch"/>; null when it has not.</summary>
    public long? ArrivalOf(long number)
    {
        lock (_gate)
        {
            return _arrivals.TryGetValue(number, out var at) ? at : null;
        }
    }

    public async ValueTask DisposeAsync() => await LeaveAsync();

    private async Task MoreAsync(CancellationToken cancellationToken)
    {
        Task more;
        lock (_gate)
        {
            more = _more.Task;
        }

        // Another thread may have noted something between the question and this: the next look finds it.
        await more.WaitAsync(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task ReadAsync(ClientWebSocket socket, TaskCompletionSource greeted)
    {
        await Task.Yield();
        var buffer = new byte[64 << 10];
        try
        {
            while (await ReceiveAsync(socket, buffer) is (var frame, var used))
            {
                buffer = used;
                Note(frame, greeted);
            }
        }
        catch (Exception broken) when (broken is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            greeted.TrySetException(broken);
        }

        greeted.TrySetException(new WebSocketException("It was closed before it was greeted."));
    }

    private static async Task<(JsonElement Frame, byte[] Buffer)?> ReceiveAsync(ClientWebSocket socket, byte[] buffer)
    {
        for (var length = 0; ;)
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            var part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage)
            {
                return (JsonElement.Parse(buffer.AsSpan(0, length)), buffer);
            }
        }
    }

    private void Note(JsonElement frame, TaskCompletionSource greeted)
    {
        switch (frame[0].GetString())
        {
            case "s":
                LiveSince = Stopwatch.GetTimestamp();
                _cursor ??= frame[2].GetString();
                greeted.TrySetResult();
                break;
            case "e":
                NoteEvents(frame);
                break;
            case "g":
                Gaps += frame[1].GetProperty("to").GetInt64() - frame[1].GetProperty("from").GetInt64() + 1;
                break;
            case "b":
                RetryAfter = TimeSpan.FromMilliseconds(frame[2].GetInt64());
                break;
            default:
                break; // readings and signs of life
        }
    }

    private void NoteEvents(JsonElement frame)
    {
        var now = Stopwatch.GetTimestamp();
        TaskCompletionSource more;
        lock (_gate)
        {
            foreach (var item in frame[2].EnumerateArray())
            {
                NoteNeedsLock(item, now);
            }

            _cursor = frame[1].GetString();
            _frames++;
            (more, _more) = (_more, New());
        }

        more.SetResult();
    }

    private void NoteNeedsLock(JsonElement item, long now)
    {
        if (naming.NumberOf(item.GetProperty("event_id").GetGuid()) is not { } number)
        {
            return; // the server's own
        }

        var place = (Epoch: item.GetProperty("epoch").GetGuid(), Sequence: item.GetProperty("sequence_id").GetInt64());
        Duplicates += _seen.TryAdd(place, number) ? 0 : 1;
        OutOfOrder += _lastOf.GetValueOrDefault(place.Epoch) > place.Sequence ? 1 : 0;
        _lastOf[place.Epoch] = Math.Max(_lastOf.GetValueOrDefault(place.Epoch), place.Sequence);
        _arrivals.TryAdd(number, now);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
