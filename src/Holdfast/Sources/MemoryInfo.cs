namespace Holdfast.Sources;

/// <summary>Memory of the machine in bytes, from /proc/meminfo.</summary>
internal sealed class MemoryInfo
{
    private const double BytesPerKibibyte = 1_024;

    private readonly Dictionary<string, double> _bytes;

    private MemoryInfo(Dictionary<string, double> bytes) => _bytes = bytes;

    public double? Total => Find("MemTotal");

    /// <summary>What could be given to programs without swapping, as the kernel estimates it.</summary>
    public double? Available => Find("MemAvailable");

    public static MemoryInfo Parse(ReadOnlySpan<char> meminfo)
    {
        var bytes = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in meminfo.EnumerateLines())
        {
            var columns = ProcText.Columns(line);
            if (columns is [var name, _, "kB"] && name.EndsWith(':') && ProcText.TryCounter(columns, 1, out var kibibytes))
            {
                bytes[name[..^1]] = kibibytes * BytesPerKibibyte;
            }
        }

        return new MemoryInfo(bytes);
    }

    /// <summary>
    /// Bytes by the label <c>system.memory.state</c>, together the total. Reclaimable kernel memory counts as cached, as in the
    /// tools operators know. Empty when one of the values it needs is missing.
    /// </summary>
    public IReadOnlyList<(string State, double Bytes)> States()
    {
        if (Total is not { } total || Find("MemFree") is not { } free || Find("Buffers") is not { } buffers || Find("Cached") is not { } cached)
        {
            return [];
        }

        cached += Find("SReclaimable") ?? 0;
        return [("used", Math.Max(0, total - free - buffers - cached)), ("free", free), ("buffers", buffers), ("cached", cached)];
    }

    private double? Find(string name) => _bytes.TryGetValue(name, out var bytes) ? bytes : null;
}
