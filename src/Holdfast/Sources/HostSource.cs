using Holdfast.Pipeline;

namespace Holdfast.Sources;

/// <summary>The machine, from /proc. Names, units and labels are those of the OpenTelemetry conventions for systems.</summary>
internal sealed class HostSource(IHostFiles files) : ISource
{
    // Machines with hundreds of disks or interfaces exist; a page that shows them all does not.
    private const int DevicesMax = 16;

    private static readonly Instrument CpuUtilization = new("system.cpu.utilization", "1", SeriesKind.Gauge);
    private static readonly Instrument MemoryUsage = new("system.memory.usage", "By", SeriesKind.Gauge);
    private static readonly Instrument MemoryLimit = new("system.memory.limit", "By", SeriesKind.Gauge);
    private static readonly Instrument MemoryAvailable = new("system.linux.memory.available", "By", SeriesKind.Gauge);
    private static readonly Instrument DiskIo = new("system.disk.io", "By", SeriesKind.Counter);
    private static readonly Instrument DiskOperations = new("system.disk.operations", "{operation}", SeriesKind.Counter);
    private static readonly Instrument FilesystemUsage = new("system.filesystem.usage", "By", SeriesKind.Gauge);
    private static readonly Instrument NetworkIo = new("system.network.io", "By", SeriesKind.Counter);
    private static readonly Instrument NetworkErrors = new("system.network.errors", "{error}", SeriesKind.Counter);

    private CpuTimes? _earlierTimes;

    public string Name => "host";

    public string? Unavailable => files.ReadText("/proc/stat") is null ? "There is no /proc/stat on this system." : null;

    public void Read(ICollection<Reading> readings)
    {
        ReadCpu(readings);
        ReadMemory(readings);
        ReadDisks(readings);
        ReadFilesystems(readings);
        ReadNetwork(readings);
    }

    /// <summary>A share needs two readings: the first tick has none.</summary>
    private void ReadCpu(ICollection<Reading> readings)
    {
        if (CpuTimes.Parse(files.ReadText("/proc/stat")) is not { } times)
        {
            return;
        }

        foreach (var (mode, share) in _earlierTimes is null ? [] : times.SharesSince(_earlierTimes))
        {
            readings.Add(CpuUtilization, share, ("cpu.mode", mode));
        }

        _earlierTimes = times;
    }

    private void ReadMemory(ICollection<Reading> readings)
    {
        var memory = MemoryInfo.Parse(files.ReadText("/proc/meminfo"));
        foreach (var (state, bytes) in memory.States())
        {
            readings.Add(MemoryUsage, bytes, ("system.memory.state", state));
        }

        if (memory.Total is { } total)
        {
            readings.Add(MemoryLimit, total);
        }

        if (memory.Available is { } available)
        {
            readings.Add(MemoryAvailable, available);
        }
    }

    private void ReadDisks(ICollection<Reading> readings)
    {
        foreach (var disk in DiskStats.Parse(files.ReadText("/proc/diskstats"), DevicesMax))
        {
            readings.Add(DiskIo, disk.ReadBytes, ("system.device", disk.Device), ("disk.io.direction", "read"));
            readings.Add(DiskIo, disk.WrittenBytes, ("system.device", disk.Device), ("disk.io.direction", "write"));
            readings.Add(DiskOperations, disk.Reads, ("system.device", disk.Device), ("disk.io.direction", "read"));
            readings.Add(DiskOperations, disk.Writes, ("system.device", disk.Device), ("disk.io.direction", "write"));
        }
    }

    private void ReadFilesystems(ICollection<Reading> readings)
    {
        foreach (var mount in Mounts.Parse(files.ReadText("/proc/self/mounts"), DevicesMax))
        {
            if (files.SizeOf(mount.Point) is { Total: > 0 } size)
            {
                AddFilesystem(readings, mount, "used", size.Total - size.Free);
                AddFilesystem(readings, mount, "free", size.AvailableToUsers);
                AddFilesystem(readings, mount, "reserved", size.Free - size.AvailableToUsers);
            }
        }
    }

    private static void AddFilesystem(ICollection<Reading> readings, Mount mount, string state, double bytes) => readings.Add(
        FilesystemUsage,
        bytes,
        ("system.device", mount.Device),
        ("system.filesystem.mountpoint", mount.Point),
        ("system.filesystem.type", mount.Type),
        ("system.filesystem.state", state));

    private void ReadNetwork(ICollection<Reading> readings)
    {
        foreach (var network in NetworkInterfaces.Parse(files.ReadText("/proc/net/dev"), DevicesMax))
        {
            readings.Add(NetworkIo, network.ReceivedBytes, ("network.interface.name", network.Name), ("network.io.direction", "receive"));
            readings.Add(NetworkIo, network.TransmittedBytes, ("network.interface.name", network.Name), ("network.io.direction", "transmit"));
            readings.Add(NetworkErrors, network.ReceiveErrors, ("network.interface.name", network.Name), ("network.io.direction", "receive"));
            readings.Add(NetworkErrors, network.TransmitErrors, ("network.interface.name", network.Name), ("network.io.direction", "transmit"));
        }
    }
}
