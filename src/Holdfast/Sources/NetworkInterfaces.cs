namespace Holdfast.Sources;

/// <summary>What one interface has moved since boot.</summary>
internal sealed record InterfaceActivity(
    string Name, double ReceivedBytes, double TransmittedBytes, double ReceiveErrors, double TransmitErrors);

/// <summary>/proc/net/dev, without the loopback and without the ends of container links, which come and go.</summary>
internal static class NetworkInterfaces
{
    private const int Columns = 16;

    /// <summary>At most <paramref name="interfacesMax"/>, in the kernel's order. Lines that are not understood are passed over.</summary>
    public static IReadOnlyList<InterfaceActivity> Parse(ReadOnlySpan<char> netDev, int interfacesMax)
    {
        var interfaces = new List<InterfaceActivity>();
        foreach (var line in netDev.EnumerateLines())
        {
            if (interfaces.Count < interfacesMax && ParseLine(line) is { } found)
            {
                interfaces.Add(found);
            }
        }

        return interfaces;
    }

    private static InterfaceActivity? ParseLine(ReadOnlySpan<char> line)
    {
        var colon = line.LastIndexOf(':');
        if (colon < 0)
        {
            return null;
        }

        var name = line[..colon].Trim().ToString();
        var columns = ProcText.Columns(line[(colon + 1)..]);
        if (columns.Length != Columns || name is "" or "lo" || name.StartsWith("veth", StringComparison.Ordinal)
            || !ProcText.TryCounter(columns, 0, out var received) || !ProcText.TryCounter(columns, 8, out var transmitted)
            || !ProcText.TryCounter(columns, 2, out var receiveErrors) || !ProcText.TryCounter(columns, 10, out var transmitErrors))
        {
            return null;
        }

        return new InterfaceActivity(name, received, transmitted, receiveErrors, transmitErrors);
    }
}
