using FsCheck;
using FsCheck.Fluent;
using Holdfast.Sources;

namespace Holdfast.Tests.Sources;

public class ProcParsingTests
{
    [Fact]
    public void Shares_of_the_processor_are_of_the_time_since_the_earlier_reading()
    {
        var earlier = CpuTimes.Parse(ProcFixtures.Stat).ShouldNotBeNull();
        var later = CpuTimes.Parse("cpu  26200 10 8520 299801 1124 0 170 20 0 0").ShouldNotBeNull();

        var shares = later.SharesSince(earlier);

        shares.Select(share => (share.Mode, Math.Round(share.Share, 4))).ShouldBe(
            [("user", 0.3125), ("nice", 0.0625), ("system", 0.0625), ("idle", 0.5), ("iowait", 0), ("interrupt", 0), ("softirq", 0.0625), ("steal", 0)]);
    }

    [Fact]
    public void Without_time_between_there_are_no_shares()
    {
        var times = CpuTimes.Parse(ProcFixtures.Stat).ShouldNotBeNull();

        times.SharesSince(times).ShouldBeEmpty();
    }

    [Fact]
    public void A_mode_that_went_backwards_counts_as_no_time()
    {
        var earlier = CpuTimes.Parse("cpu 0 0 0 100 50 0 0 0").ShouldNotBeNull();
        var later = CpuTimes.Parse("cpu 10 0 0 110 40 0 0 0").ShouldNotBeNull();

        later.SharesSince(earlier).Select(share => share.Share).ShouldBe([0.5, 0, 0, 0.5, 0, 0, 0, 0]);
    }

    [Fact]
    public void Old_kernels_have_fewer_modes()
    {
        var shares = CpuTimes.Parse("cpu 2 0 2 4").ShouldNotBeNull().SharesSince(CpuTimes.Parse("cpu 1 0 1 2").ShouldNotBeNull());

        shares.Select(share => share.Mode).ShouldBe(["user", "nice", "system", "idle"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu 1 2 3")]
    [InlineData("cpu 1 2 3 x")]
    [InlineData("cpu 1 2 3 -4")]
    [InlineData("intr 1 2 3 4 5")]
    public void What_is_no_processor_line_gives_nothing(string stat) => CpuTimes.Parse(stat).ShouldBeNull();

    [Fact]
    public void States_of_memory_add_up_to_the_total()
    {
        var memory = MemoryInfo.Parse(ProcFixtures.Meminfo);

        memory.Total.ShouldBe(24_684_092 * 1_024.0);
        memory.Available.ShouldBe(24_390_724 * 1_024.0);
        memory.States().Sum(state => state.Bytes).ShouldBe(24_684_092 * 1_024.0);
        memory.States().Single(state => state.State == "cached").Bytes.ShouldBe((36_012 + 8_000) * 1_024.0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MemTotal: many kB")]
    [InlineData("MemTotal: 100 kB\nMemFree: 50 kB")]
    public void Without_its_parts_memory_has_no_states(string meminfo) => MemoryInfo.Parse(meminfo).States().ShouldBeEmpty();

    [Fact]
    public void Disks_are_whole_and_physical()
    {
        var disks = DiskStats.Parse(ProcFixtures.Diskstats, devicesMax: 16);

        disks.Select(disk => disk.Device).ShouldBe(["vda", "nvme0n1", "nvme0n12"]);
        disks[0].ShouldBe(new DiskActivity("vda", 6_834_682 * 512.0, 23_598_384 * 512.0, 52_440, 435_794));
    }

    [Fact]
    public void Interfaces_are_those_to_the_outside()
    {
        var interfaces = NetworkInterfaces.Parse(ProcFixtures.NetDev, interfacesMax: 16);

        interfaces.ShouldBe([new InterfaceActivity("eth0", 517_523_824, 655_888, 3, 4), new InterfaceActivity("wlan0", 1_234, 5_678, 0, 0)]);
    }

    [Fact]
    public void Mounts_are_local_and_each_device_counts_once()
    {
        var mounts = Mounts.Parse(ProcFixtures.Mounts, mountsMax: 16);

        mounts.ShouldBe([new Mount("/dev/vda", "/", "ext4"), new Mount("/dev/sdb1", "/mnt/my disk\\x", "xfs")]);
    }

    [Fact]
    public void The_root_counts_whatever_its_type_is() =>
        Mounts.Parse("overlay / overlay rw 0 0", mountsMax: 16).ShouldHaveSingleItem().Type.ShouldBe("overlay");

    [Fact]
    public void Machines_with_many_devices_show_some()
    {
        var stats = string.Join('\n', Enumerable.Range(0, 26).Select(i => $"8 {i} sd{(char)('a' + i)} 1 0 1 0 1 0 1 0 0 0 0"));

        DiskStats.Parse(stats, devicesMax: 16).Count.ShouldBe(16);
    }

    [Fact]
    public void Nonsense_is_passed_over_and_never_throws()
    {
        var words = Gen.Elements("cpu", "0", "-1", "18446744073709551616", "eth0:", ":", "kB", "MemTotal:", "vda", "/", "\\040", "\\0", "\\", "\t", "\n", " ", "ä", "\0");
        var texts = words.ListOf().Select(string.Concat).ToArbitrary();

        Prop.ForAll(texts, text =>
        {
            CpuTimes.Parse(text);
            MemoryInfo.Parse(text).States();
            DiskStats.Parse(text, 16);
            NetworkInterfaces.Parse(text, 16);
            Mounts.Parse(text, 16);
        }).QuickCheckThrowOnFailure();
    }
}
