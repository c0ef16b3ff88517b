using System.Net;
using System.Net.Sockets;

namespace Holdfast.Faults.Support;

/// <summary>
/// A network between two programs that can be cut: connections stay open, new ones are taken, and no byte comes through, as behind
/// a firewall that drops packets. It can also drop all connections, and refuse new ones.
/// </summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _accepting = [];
    private readonly int _serverPort;
    private TcpListener _listener = new(IPAddress.Loopback, 0);
    private CancellationTokenSource _connections = new();
    private volatile TaskCompletionSource _whole = Whole();

    public CutProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting.Add(AcceptAsync(_listener));
    }

    public int Port { get; }

    public void Cut() => _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was under way arrives late, as TCP has it.</summary>
    public void Mend() => _whole.TrySetResult();

    /// <summary>All connections end.</summary>
    public void Drop() => Interlocked.Exchange(ref _connections, new CancellationTokenSource()).Cancel();

    /// <summary>No new connection is taken; those that there are stay.</summary>
    public void Refuse() => _listener.Stop();

    /// <summary>New ones are taken again, at the same port.</summary>
    public void Accept()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting.Add(AcceptAsync(_listener));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await Task.WhenAll(_accepting);
        _connections.Dispose();
        _stop.Dispose();
    }

    private static TaskCompletionSource Whole()
    {
        var whole = new TaskCompletionSource();
        whole.SetResult();
        return whole;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
            {
                carrying.Add(CarryAsync(await listener.AcceptTcpClientAsync(_stop.Token)));
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
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _connections.Token);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, ends.Token);
                await Task.WhenAny(PassAsync(client.GetStream(), server.GetStream(), ends.Token), PassAsync(server.GetStream(), client.GetStream(), ends.Token));
            }
            catch (Exception end) when (end is SocketException or OperationCanceledException)
            {
                // nobody there; the client sees its connection end
            }
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await from.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                await _whole.Task.WaitAsync(cancellationToken);
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            // An end does not come through either.
            await _whole.Task.WaitAsync(cancellationToken);
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // one of the two has gone; so does the other
        }
    }
}
