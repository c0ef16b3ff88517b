using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Benchmarks.Live;

/// <summary>
/// The cheapest client there is: it unpacks WebSocket frames by hand, looks for the stamp of the publisher in them, and notes how old it is. The same
/// for every protocol, so that what it costs is left out of the comparison.
/// </summary>
internal sealed class Watcher(LiveProtocol protocol) : IDisposable
{
    private const int Text = 1;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;

    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(10);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<int> _ages = [];
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _buffer = new byte[8 << 10];
    private volatile bool _isStopped;
    private int _filled;

    /// <summary>Microseconds from publishing to here, of everything since the last <see cref="Forget"/>.</summary>
    public IReadOnlyList<int> Ages => _ages;

    /// <summary>Bytes of messages since then.</summary>
    public long Bytes { get; private set; }

    public static long Now => TimeProvider.System.GetUtcNow().UtcTicks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Connects, reads on until it is disposed, and returns when it gets everything.</summary>
    public async Task StartAsync(Uri server)
    {
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        await _socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {protocol.WatchPath} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Convert.ToBase64String(Guid.NewGuid().ToByteArray())}\r\n\r\n"));
        await ReadAnswerAsync();
        foreach (var message in protocol.Greeting)
        {
            await SendAsync(Text, Encoding.UTF8.GetBytes(message));
        }

        _ = ReadAsync();
        _ = BeatAsync();
        await _greeted.Task;
    }

    /// <summary>What came so far is not counted.</summary>
    public void Forget()
    {
        _ages.Clear();
        Bytes = 0;
    }

    /// <summary>Reads no more, and leaves the connection open: what a page does whose tab is frozen.</summary>
    public void Stop() => _isStopped = true;

    public void Dispose()
    {
        _end.TrySetResult();
        _socket.Dispose();
    }

    private async Task ReadAnswerAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (await ReceiveAsync() == 0)
            {
                throw new IOException($"{protocol.Name} closed the connection: {Encoding.ASCII.GetString(_buffer, 0, _filled)}");
            }
        }

        if (!_buffer.AsSpan(0, _filled).StartsWith("HTTP/1.1 101 "u8))
        {
            throw new IOException($"{protocol.Name} does not let a watcher in: {Encoding.ASCII.GetString(_buffer, 0, _filled)}");
        }

        Consume(end + 4);
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await ReceiveAsync() > 0)
            {
                if (_isStopped)
                {
                    await _end.Task;
                }

                while (TryTakeFrame() is { } answer)
                {
                    if (answer.Length > 0)
                    {
                        await SendAsync(Pong, answer);
                    }
                }
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The round is over.
        }

        _greeted.TrySetException(new IOException($"{protocol.Name} closed the connection."));
    }

    private async ValueTask<int> ReceiveAsync()
    {
        if (_filled == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
        _filled += received;
        return received;
    }

    /// <summary>Takes the next whole frame; null when there is none. What comes back is to be sent as a pong, when it is not empty.</summary>
    private byte[]? TryTakeFrame()
    {
        var bytes = _buffer.AsSpan(0, _filled);
        if (bytes.Length < 2)
        {
            return null;
        }

        var (head, length) = (bytes[1] & 0x7F) switch
        {
            126 when bytes.Length >= 4 => (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            127 when bytes.Length >= 10 => (10, (long)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..])),
            126 or 127 => (10, long.MaxValue - 10),
            var small => (2, small),
        };
        if (bytes.Length < head + length)
        {
            return null;
        }

        var payload = bytes.Slice(head, (int)length);
        byte[] answer = (bytes[0] & 0x0F) == Ping ? payload.ToArray() : [];
        if ((bytes[0] & 0x0F) is not (Ping or Pong or Close))
        {
            Note(payload);
        }

        Consume(head + (int)length);
        return answer;
    }

    private void Note(ReadOnlySpan<byte> message)
    {
        Bytes += message.Length;
        if (!_greeted.Task.IsCompleted)
        {
            // What comes with the greeting was published before.
            if (protocol.IsGreeted(message))
            {
                _greeted.TrySetResult();
            }

            return;
        }

        var now = Now;
        for (int at; (at = message.IndexOf(Publisher.StampName)) >= 0;)
        {
            message = message[(at + Publisher.StampName.Length)..];
            if (Utf8Parser.TryParse(message, out long stamp, out _))
            {
                _ages.Add((int)(now - stamp));
            }
        }
    }

    private void Consume(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }

    private async Task BeatAsync()
    {
        if (protocol.Heartbeat is not { } heartbeat)
        {
            return;
        }

        try
        {
            while (true)
            {
                await Task.Delay(HeartbeatPeriod);
                await SendAsync(Text, Encoding.UTF8.GetBytes(heartbeat));
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The round is over.
        }
    }

    // Masked, as a client must, by a mask that changes nothing.
    private async Task SendAsync(int opcode, byte[] payload)
    {
        byte[] length = payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : [0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length];
        await _socket.SendAsync((byte[])[(byte)(0x80 | opcode), .. length, 0, 0, 0, 0, .. payload]);
    }
}
