using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>Where a request comes from, as far as that can be known. Pure.</summary>
internal static class ClientAddress
{
    private const int NetworkBytesV6 = 8;

    private static readonly string[] OfProxies = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"];

    /// <summary>
    /// Whether it comes from this machine, and not through a proxy on it. Without an address it is a socket of this machine, or a test within
    /// the process.
    /// </summary>
    public static bool IsHere(HttpContext context) =>
        context.Connection.RemoteIpAddress is not { } address || (IPAddress.IsLoopback(address) && !OfProxies.Any(context.Request.Headers.ContainsKey));

    /// <summary>What callers without a key are told apart by. Of what a proxy says, only what one says that is set counts.</summary>
    public static string Of(HttpContext context, IReadOnlyList<IPAddress> trustedProxies)
    {
        var address = context.Connection.RemoteIpAddress;
        foreach (var said in context.Request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries).Reverse())
        {
            if (address is null || !trustedProxies.Contains(Plain(address)) || !IPAddress.TryParse(said, out var before))
            {
                break;
            }

            address = before;
        }

        return address is null ? "local" : Network(address);
    }

    /// <summary>The address, or the network of it that one customer gets: whoever has IPv6 has more addresses than any table has places.</summary>
    public static string Network(IPAddress address)
    {
        var plain = Plain(address);
        return plain.AddressFamily != AddressFamily.InterNetworkV6 ? plain.ToString() : Convert.ToHexStringLower(plain.GetAddressBytes().AsSpan(0, NetworkBytesV6)) + "::/64";
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
