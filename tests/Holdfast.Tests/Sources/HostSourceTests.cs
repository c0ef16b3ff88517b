using Holdfast.Sources;

namespace Holdfast.Tests.Sources;

public class HostSourceTests
{
    private readonly CapturedFiles _files = new();
    private readonly HostSource _source;

    public HostSourceTests() => _source = new HostSource(_files);

    [Fact]
    public void The_first_tick_has_everything_but_shares_of_time() => Names(Read()).ShouldBe(
        [
            "system.disk.io", "system.disk.operations", "system.filesystem.usage", "system.linux.memory.available", "system.memory.limit",
            "system.memory.usage", "system.network.errors", "system.network.io",
        ]);

    [Fact]
    public void The_second_tick_has_the_shares_too()
    {
        Read();
        _files.Texts["/proc/stat"] = "cpu  26250 0 8510 300021 1124 0 160 20 0 0";

        var shares = Read().Where(reading => reading.Instrument.Name == "system.cpu.utilization").ToDictionary(Label, reading => reading.Value);

        shares["cpu.mode=user"].ShouldBe(0.25);
        shares["cpu.mode=idle"].ShouldBe(0.75);
        shares.Values.Sum().ShouldBe(1);
    }

    [Fact]
    public void File_systems_are_told_apart_by_device_and_place()
    {
        var usage = Read().Where(reading => reading.Instrument.Name == "system.filesystem.usage").ToDictionary(Label, reading => reading.Value);

        const string Root = "system.device=/dev/vda,system.filesystem.mountpoint=/,system.filesystem.type=ext4,system.filesystem.state=";
        usage.ShouldBe([new(Root + "used", 60), new(Root + "free", 30), new(Root + "reserved", 10)], ignoreOrder: true);
    }

    [Fact]
    public void What_cannot_be_read_is_absent_and_not_zero()
    {
        _files.Texts.Remove("/proc/diskstats");
        _files.Texts.Remove("/proc/meminfo");
        _files.Sizes.Clear();

        Names(Read()).ShouldBe(["system.network.errors", "system.network.io"]);
    }

    [Fact]
    public void Without_proc_it_is_unavailable_and_says_why()
    {
        _source.Unavailable.ShouldBeNull();
        _files.Texts.Clear();

        _source.Unavailable.ShouldNotBeNull().ShouldContain("/proc/stat");
        Read().ShouldBeEmpty();
    }

    [Fact]
    public void This_machine_has_real_values()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The host source reads /proc.");
        var readings = new List<Reading>();

        new HostSource(new LocalHostFiles()).Read(readings);

        readings.Where(reading => reading.Instrument.Name == "system.memory.usage").Sum(reading => reading.Value).ShouldBeGreaterThan(1 << 20);
        readings.ShouldAllBe(reading => double.IsFinite(reading.Value) && reading.Value >= 0);
    }

    private static string Label(Reading reading) => string.Join(',', reading.Labels.Select(label => $"{label.Key}={label.Value}"));

    private static IEnumerable<string> Names(IEnumerable<Reading> readings) =>
        readings.Select(reading => reading.Instrument.Name).Distinct().Order(StringComparer.Ordinal);

    private List<Reading> Read()
    {
        var readings = new List<Reading>();
        _source.Read(readings);
        return readings;
    }

    private sealed class CapturedFiles : IHostFiles
    {
        public Dictionary<string, string> Texts { get; } = new()
        {
            ["/proc/stat"] = ProcFixtures.Stat,
            ["/proc/meminfo"] = ProcFixtures.Meminfo,
            ["/proc/diskstats"] = ProcFixtures.Diskstats,
            ["/proc/net/dev"] = ProcFixtures.NetDev,
            ["/proc/self/mounts"] = ProcFixtures.Mounts,
        };

        public Dictionary<string, FilesystemSize> Sizes { get; } = new() { ["/"] = new FilesystemSize(100, 40, 30) };

        public string? ReadText(string path) => Texts.GetValueOrDefault(path);

        public FilesystemSize? SizeOf(string mountPoint) => Sizes.TryGetValue(mountPoint, out var size) ? size : null;
    }
}
