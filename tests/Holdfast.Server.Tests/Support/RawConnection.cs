using System.Net.Sockets;
using System.Text;

namespace Holdfast.Server.Tests.Support;

/// <summary>A bare TCP connection that speaks HTTP by hand: for what a well-behaved client cannot be made to do.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private readonly List<byte> _received = [];

    private NetworkStream Stream => _client.GetStream();

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync(address.Host, address.Port, Deadline.Token());
        return connection;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await Stream.WriteAsync(bytes, Deadline.Token());

    /// <summary>The head of the next answer: status line and headers.</summary>
    public async Task<string> ReceiveHeadAsync()
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. _received]);
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and >= 0)
            {
                _received.RemoveRange(0, end + 4);
                return text[..end];
            }

            (await ReceiveMoreAsync()).ShouldBeGreaterThan(0, "The server closed the connection without an answer.");
        }
    }

    /// <summary>Reads until the server closes; false when it breaks the connection off instead.</summary>
    public async Task<bool> EndsCleanlyAsync()
    {
        try
        {
            while (await ReceiveMoreAsync() > 0)
            {
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<int> ReceiveMoreAsync()
    {
        var buffer = new byte[4_096];
        var count = await Stream.ReadAsync(buffer, Deadline.Token());
        _received.AddRange(buffer.AsSpan(0, count));
        return count;
    }
}
