namespace Holdfast.Sources;

/// <summary>What one disk has moved since boot.</summary>
internal sealed record DiskActivity(string Device, double ReadBytes, double WrittenBytes, double Reads, double Writes);

/// <summary>/proc/diskstats: whole physical disks only, since partitions and volumes on top would count every byte again.</summary>
internal static class DiskStats
{
    // The kernel counts in sectors of 512 bytes, whatever the disk's own size is.
    private const double BytesPerSector = 512;

    private static readonly string[] NotPhysical = ["loop", "ram", "zram", "dm-", "md", "sr", "fd"];

    /// <summary>At most <paramref name="devicesMax"/> disks, in the kernel's order. Lines that are not understood are passed over.</summary>
    public static IReadOnlyList<DiskActivity> Parse(ReadOnlySpan<char> diskstats, int devicesMax)
    {
        var disks = new List<DiskActivity>();
        foreach (var line in diskstats.EnumerateLines())
        {
            if (disks.Count < devicesMax && ParseLine(line) is { } disk && !disks.Exists(other => IsPartition(disk.Device, other.Device)))
            {
                disks.Add(disk);
            }
        }

        return disks;
    }

    private static DiskActivity? ParseLine(ReadOnlySpan<char> line)
    {
        var columns = ProcText.Columns(line);
        if (columns.Length < 11 || Array.Exists(NotPhysical, prefix => columns[2].StartsWith(prefix, StringComparison.Ordinal))
            || !ProcText.TryCounter(columns, 3, out var reads) || !ProcText.TryCounter(columns, 5, out var sectorsRead)
            || !ProcText.TryCounter(columns, 7, out var writes) || !ProcText.TryCounter(columns, 9, out var sectorsWritten))
        {
            return null;
        }

        return new DiskActivity(columns[2], sectorsRead * BytesPerSector, sectorsWritten * BytesPerSector, reads, writes);
    }

    /// <summary>sda1 of sda; nvme0n1p1 of nvme0n1. The kernel lists a disk before its partitions.</summary>
    private static bool IsPartition(string device, string disk)
    {
        if (device.Length <= disk.Length || !device.StartsWith(disk, StringComparison.Ordinal))
        {
            return false;
        }

        var number = device.AsSpan(disk.Length);
        if (char.IsAsciiDigit(disk[^1]))
        {
            number = number[0] == 'p' ? number[1..] : default;
        }

        return !number.IsEmpty && !number.ContainsAnyExceptInRange('0', '9');
    }
}
