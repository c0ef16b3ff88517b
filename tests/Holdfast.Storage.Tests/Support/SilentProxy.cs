using System.Net;
using System.Net.Sockets;

namespace Holdfast.Storage.Tests.Support;

/// <summary>
/// Stands between the store and the server, and can swallow the answer to a COMMIT: the server has committed, the connection breaks, and
/// nobody was told. It can also fall silent as a machine does that is frozen: connections stay open, new ones are taken, and nothing is said
/// any more. Neither can be made with SQL.
/// </summary>
internal sealed class SilentProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _serverPort;
    private readonly Task _accepting;
    private int _swallow;
    private byte[]? _swallowAfter;
    private byte[]? _silenceMark;
    private readonly SemaphoreSlim _swallowed = new(0);
    private volatile TaskCompletionSource? _silence;

    public SilentProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Answers that were swallowed.</summary>
    public int Swallowed { get; private set; }

    /// <summary>The next COMMIT is carried out, and its answer lost with the connection.</summary>
    public void SwallowNextCommit() => Volatile.Write(ref _swallow, 1);

    /// <summary>Waits for so many in all.</summary>
    public async Task WhenSwallowedAsync(int count, CancellationToken cancellationToken)
    {
        while (Swallowed < count)
        {
            await _swallowed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// The next COMMIT on a connection that has sent this is carried out, its answer lost with the connection, and then there is silence: nobody
    /// can ask what became of it.
    /// </summary>
    public void FallSilentAfterCommitOf(byte[] mark) => Volatile.Write(ref _swallowAfter, mark);

    /// <summary>From the moment on at which the client sends this, nothing is passed on in either direction.</summary>
    public void FallSilentAt(byte[] mark) => Volatile.Write(ref _silenceMark, mark);

    public void FallSilent() => _silence ??= new TaskCompletionSource();

    /// <summary>Connections that met the silence are closed, new ones are carried again.</summary>
    public void SpeakAgain() => Interlocked.Exchange(ref _silence, null)?.SetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        _swallowed.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
            {
                carrying.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(carrying);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            if (_silence is { } silence)
            {
                await HoldAsync(silence);
                return;
            }

            await server.ConnectAsync(IPAddress.Loopback, _serverPort);
            var silent = new TaskCompletionSource();
            await Task.WhenAny(ForwardAsync(client.GetStream(), server.GetStream(), silent), AnswerAsync(server.GetStream(), client.GetStream(), silent));
        }
    }

    private async Task ForwardAsync(NetworkStream from, NetworkStream to, TaskCompletionSource silent)
    {
        var buffer = new byte[1 << 16];
        var marked = false;
        try
        {
            for (int count; (count = await from.ReadAsync(buffer, _stop.Token)) > 0;)
            {
                marked |= Volatile.Read(ref _swallowAfter) is { } after && buffer.AsSpan(0, count).IndexOf(after) >= 0;
                if (buffer.AsSpan(0, count).IndexOf("COMMIT\0"u8) >= 0 && (marked || Interlocked.Exchange(ref _swallow, 0) == 1))
                {
                    silent.SetResult();
                }

                if (Volatile.Read(ref _silenceMark) is { } mark && buffer.AsSpan(0, count).IndexOf(mark) >= 0)
                {
                    Volatile.Write(ref _silenceMark, null);
                    FallSilent();
                }

                if (_silence is { } silence)
                {
                    await silence.Task.WaitAsync(_stop.Token);
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // one of the two has gone; so does the other
        }
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to, TaskCompletionSource silent)
    {
        var buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await from.ReadAsync(buffer, _stop.Token)) > 0;)
            {
                if (silent.Task.IsCompleted)
                {
                    if (Interlocked.Exchange(ref _swallowAfter, null) is not null)
                    {
                        FallSilent();
                    }

                    Swallowed++;
                    _swallowed.Release();
                    return; // the server has answered, so it has committed
                }

                if (_silence is { } silence)
                {
                    await silence.Task.WaitAsync(_stop.Token);
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // one of the two has gone; so does the other
        }
    }

    private async Task HoldAsync(TaskCompletionSource silence)
    {
        try
        {
            await silence.Task.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // the test is over
        }
    }
}
