using System.Net;
using System.Net.Sockets;

namespace Holdfast.Retries;

/// <summary>
/// Which addresses anybody on the Internet can reach, by the registries of special addresses (IANA, RFC 6890). Only those are called for
/// whoever hands in a URL: behind the others are this machine, its network, and the keys of its cloud.
/// </summary>
internal static class CallbackAddresses
{
    private static readonly IPNetwork[] SpecialV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // shared by providers; metadata of one cloud
            "127.0.0.0/8", // loopback
            "168.63.129.16/32", // metadata of one cloud, at an address that looks public
            "169.254.0.0/16", // link-local; metadata of most clouds
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // relays to IPv6
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, broadcast
        }.Select(IPNetwork.Parse),
    ];

    // Of the addresses of IPv6 only these are given out at all; loopback, link-local, unique-local and multicast are not among them.
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialV6 =
    [
        .. new[]
        {
            "2001::/23", // protocol assignments, tunnels with an IPv4 address inside
            "2001:db8::/32", // documentation
            "2002::/16", // tunnels with an IPv4 address inside
            "3fff::/20", // documentation
        }.Select(IPNetwork.Parse),
    ];

    // Translators to IPv4: it depends on the address inside.
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    public static bool IsPublic(IPAddress address) => address switch
    {
        { AddressFamily: AddressFamily.InterNetwork } => !Array.Exists(SpecialV4, network => network.Contains(address)),
        { IsIPv4MappedToIPv6: true } => IsPublic(address.MapToIPv4()),
        { AddressFamily: AddressFamily.InterNetworkV6 } when Translated.Contains(address) => IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(12))),
        { AddressFamily: AddressFamily.InterNetworkV6 } => GlobalV6.Contains(address) && !Array.Exists(SpecialV6, network => network.Contains(address)),
        _ => false,
    };
}
