using System.Collections.Concurrent;
using System.Net;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.Connections;

namespace Holdfast.Server;

/// <summary>How many connections one address has. One beyond the limit is closed before a byte of it is read.</summary>
internal sealed class ConnectionPlaces(int perAddressMax)
{
    private readonly ConcurrentDictionary<string, int> _held = new(StringComparer.Ordinal);

    public async Task HoldAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var whose = connection.RemoteEndPoint is IPEndPoint { Address: { } address } ? ClientAddress.Network(address) : "";
        try
        {
            if (_held.AddOrUpdate(whose, 1, (_, count) => count + 1) > perAddressMax)
            {
                connection.Abort(new ConnectionAbortedException("The address has all the connections that it may have."));
                return;
            }

            await next(connection);
        }
        finally
        {
            if (_held.AddOrUpdate(whose, 0, (_, count) => count - 1) == 0)
            {
                _held.TryRemove(KeyValuePair.Create(whose, 0)); // only if nobody has come meanwhile
            }
        }
    }
}
