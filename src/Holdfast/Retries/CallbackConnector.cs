using System.Net;
using System.Net.Sockets;

namespace Holdfast.Retries;

/// <summary>A target that must not be called.</summary>
internal sealed class CallbackRefusedException(string message) : Exception(message);

/// <summary>
/// Opens the connections of callbacks. It resolves the name itself and connects to an address that it has checked: a name that answers
/// with something else the next time changes nothing.
/// </summary>
/// <param name="resolve">The addresses of a host.</param>
internal sealed class CallbackConnector(Func<CallbackOptions> options, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var addresses = await FindAsync(target.Host, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken)
    {
        IPAddress[] found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        var allow = options().Allow;
        var allowed = allow.HasHost(host) ? found : Array.FindAll(found, address => CallbackAddresses.IsPublic(address) || allow.HasAddress(address));

        // Without the addresses: who hands in a URL is not to learn what names mean inside.
        return allowed.Length > 0 ? allowed
            : found.Length == 0 ? throw new SocketException((int)SocketError.HostNotFound)
            : throw new CallbackRefusedException($"{host} is not a public host. HOLDFAST_CALLBACK_ALLOW names the hosts and networks that may be called all the same.");
    }
}
