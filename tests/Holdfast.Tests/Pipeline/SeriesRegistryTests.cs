using Holdfast.Pipeline;
using Holdfast.Testing;

namespace Holdfast.Tests.Pipeline;

public class SeriesRegistryTests
{
    private readonly ManualTimeProvider _clock = new();
    private SeriesOptions _options = new();
    private readonly SeriesRegistry _registry;

    public SeriesRegistryTests() => _registry = new SeriesRegistry(() => _options, _clock);

    [Fact]
    public void The_same_name_and_labels_are_the_same_series_in_any_order()
    {
        var one = Resolve("a", ("x", "1"), ("b", "2"));
        var other = Resolve("a", ("b", "2"), ("x", "1"));

        other.ShouldBeSameAs(one);
        one.ShouldNotBeNull().LabelsJson.ShouldBe("""{"b":"2","x":"1"}""");
        _registry.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("a\"b\\c\n", """{"k":"a\"b\\c\n"}""")]
    [InlineData("ä😀\u2028<>", "{\"k\":\"ä😀\u2028<>\"}")]
    [InlineData("", """{"k":""}""")]
    public void Labels_are_canonical_json(string value, string labelsJson) => Resolve("a", ("k", value)).ShouldNotBeNull().LabelsJson.ShouldBe(labelsJson);

    [Fact]
    public void A_series_keeps_the_unit_and_kind_it_came_with_first()
    {
        var one = _registry.Resolve("a", [], "s", SeriesKind.Counter, out _);

        _registry.Resolve("a", [], "ms", SeriesKind.Gauge, out _).ShouldBeSameAs(one);
    }

    [Fact]
    public void Names_and_labels_have_limits()
    {
        var fits = new string('n', 255);

        Fault(fits).ShouldBe(SeriesFault.None);
        Fault(fits + "n").ShouldBe(SeriesFault.Name);
        Fault("").ShouldBe(SeriesFault.Name);
        Fault("a", (fits + "n", "1")).ShouldBe(SeriesFault.LabelKey);
        Fault("a", ("", "1")).ShouldBe(SeriesFault.LabelKey);
        Fault("a", ("k", new string('v', 1_024))).ShouldBe(SeriesFault.None);
        Fault("a", ("k", new string('v', 1_025))).ShouldBe(SeriesFault.LabelValue);
        Fault("a", Labels(64)).ShouldBe(SeriesFault.None);
        Fault("a", Labels(65)).ShouldBe(SeriesFault.LabelCount);
        _registry.Rejected(SeriesFault.Name).ShouldBe(2);
    }

    [Fact]
    public void Beyond_the_limit_new_series_are_rejected_and_counted_and_known_ones_go_on()
    {
        _options = new SeriesOptions { ActiveSeriesMax = 2 };
        Resolve("a");
        Resolve("b");

        Fault("c").ShouldBe(SeriesFault.ActiveSeries);
        Fault("a").ShouldBe(SeriesFault.None);
        _registry.Rejected(SeriesFault.ActiveSeries).ShouldBe(1);
    }

    [Fact]
    public void Series_not_seen_for_a_day_make_room()
    {
        _options = new SeriesOptions { ActiveSeriesMax = 2 };
        Resolve("a");
        Resolve("b");
        _clock.Advance(TimeSpan.FromHours(23));
        Resolve("b");
        _clock.Advance(TimeSpan.FromHours(2));

        Fault("c").ShouldBe(SeriesFault.None);
        Fault("d").ShouldBe(SeriesFault.ActiveSeries);
        _registry.Count.ShouldBe(2);
    }

    [Fact]
    public void Two_series_with_one_id_are_never_mixed_up()
    {
        var registry = new SeriesRegistry(() => _options, _clock, idOf: _ => 42);
        var first = registry.Resolve("a", [], "1", SeriesKind.Gauge, out _);

        var second = registry.Resolve("b", [], "1", SeriesKind.Gauge, out var fault);

        second.ShouldBeNull();
        fault.ShouldBe(SeriesFault.IdTaken);
        registry.Resolve("a", [], "1", SeriesKind.Gauge, out _).ShouldBeSameAs(first);
    }

    [Fact]
    public void Threads_agree_on_one_definition()
    {
        var seen = new SeriesDefinition?[1_000];

        Parallel.For(0, seen.Length, i => seen[i] = Resolve($"s{i % 10}", ("k", "v")));

        seen.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(10);
    }

    private static (string, string)[] Labels(int count) => [.. Enumerable.Range(0, count).Select(i => ($"k{i}", "v"))];

    private SeriesFault Fault(string name, params (string Key, string Value)[] labels)
    {
        _registry.Resolve(name, Array.ConvertAll(labels, l => KeyValuePair.Create(l.Key, l.Value)), "1", SeriesKind.Gauge, out var fault);
        return fault;
    }

    private SeriesDefinition? Resolve(string name, params (string Key, string Value)[] labels) =>
        _registry.Resolve(name, Array.ConvertAll(labels, l => KeyValuePair.Create(l.Key, l.Value)), "1", SeriesKind.Gauge, out _);
}
