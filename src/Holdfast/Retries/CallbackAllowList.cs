using System.Net;

namespace Holdfast.Retries;

/// <summary>Hosts and networks that callbacks may reach although they are not public: <c>hooks.internal, 10.1.0.0/16, ::1</c>.</summary>
internal sealed class CallbackAllowList
{
    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> _networks = [];

    private CallbackAllowList()
    {
    }

    public static CallbackAllowList Empty { get; } = new();

    /// <summary>Reads a list separated by commas.</summary>
    /// <exception cref="FormatException">An entry is neither a host nor an address nor a network; see <see cref="FaultOf"/>.</exception>
    public static CallbackAllowList Parse(string text)
    {
        var list = new CallbackAllowList();
        foreach (var entry in Entries(text))
        {
            list.Add(entry);
        }

        return list;
    }

    /// <summary>What is wrong with a list; null: nothing.</summary>
    public static string? FaultOf(string text) =>
        Entries(text).FirstOrDefault(entry => !IsNetwork(entry, out _) && Uri.CheckHostName(entry) != UriHostNameType.Dns) is { } wrong
            ? $"'{wrong}' is neither a host nor an address nor a network such as 10.1.0.0/16"
            : null;

    /// <summary>Whether the host is named: then all its addresses are allowed.</summary>
    public bool HasHost(string host) => _hosts.Contains(host);

    /// <summary>Whether the address is in one of the networks.</summary>
    public bool HasAddress(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Exists(network => network.Contains(plain));
    }

    private void Add(string entry)
    {
        if (IsNetwork(entry, out var network))
        {
            _networks.Add(network);
        }
        else if (Uri.CheckHostName(entry) == UriHostNameType.Dns)
        {
            _hosts.Add(entry);
        }
        else
        {
            throw new FormatException(FaultOf(entry));
        }
    }

    private static bool IsNetwork(string entry, out IPNetwork network)
    {
        if (IPAddress.TryParse(entry, out var address))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(entry, out network);
    }

    private static string[] Entries(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
