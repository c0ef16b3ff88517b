using Holdfast.Sources;
using Holdfast.Testing;

namespace Holdfast.Tests.Sources;

public class RuntimeSourceTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RuntimeSource _source;

    public RuntimeSourceTests() => _source = new RuntimeSource(_clock);

    [Fact]
    public void It_says_what_it_measures_and_nothing_else()
    {
        var readings = Read();

        readings.ShouldAllBe(reading => double.IsFinite(reading.Value) && reading.Value >= 0);
        readings.Select(reading => reading.Instrument.Name).ShouldNotContain("process.cpu.utilization");
        readings.Where(reading => reading.Instrument.Name == "process.memory.usage").Sum(reading => reading.Value).ShouldBeGreaterThan(1 << 20);
    }

    [Fact]
    public void A_collection_counts_once_for_its_generation()
    {
        var before = GC.CollectionCount(0);

        var collections = Read().Where(reading => reading.Instrument.Name == "dotnet.gc.collections").Sum(reading => reading.Value);

        collections.ShouldBeInRange(before, GC.CollectionCount(0));
    }

    [Fact]
    public void The_share_of_the_processors_is_measured_between_two_ticks()
    {
        Read();
        _clock.Advance(TimeSpan.FromHours(1));

        var shares = Read().Where(reading => reading.Instrument.Name == "process.cpu.utilization").ToList();

        shares.Count.ShouldBe(2);
        shares.Sum(reading => reading.Value).ShouldBeInRange(0, 1);
    }

    private List<Reading> Read()
    {
        var readings = new List<Reading>();
        _source.Read(readings);
        return readings;
    }
}
