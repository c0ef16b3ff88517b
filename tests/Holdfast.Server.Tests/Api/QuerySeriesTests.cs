using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;
using Holdfast.Spool;

namespace Holdfast.Server.Tests.Api;

/// <summary>Two series of one name, a reading each second for a minute, stored.</summary>
public sealed class StoredSeries : IAsyncLifetime
{
    public const int Seconds = 60;

    private TestServer? _server;

    public TestServer Server => _server!;

    /// <summary>A whole minute in the past, so that no bucket is begun before it.</summary>
    public static readonly long Start = (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60) - 600;

    public static string Range => $"since={Start * 1_000}&until={(Start + Seconds) * 1_000}";

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        var used = SeriesDefinition.Create("test.memory", """{"state":"used"}""", "By", SeriesKind.Gauge);
        var free = SeriesDefinition.Create("test.memory", """{"state":"free"}""", "By", SeriesKind.Gauge);
        var sent = SeriesDefinition.Create("test.sent", "{}", "By", SeriesKind.Counter);
        var samples = Enumerable.Range(0, Seconds).SelectMany(second => new[]
        {
            new Sample(used, (Start + second) * 1_000, second),
            new Sample(free, (Start + second) * 1_000, 100 - second),
            new Sample(sent, (Start + second) * 1_000, second * 8),
        }).ToArray();
        await _server.Node.Parts.Spool.AppendAsync(new SpoolAppend(SampleBatches.Cut(samples, rowsMax: 5_000, bytesMax: 1 << 20), []), Deadline.Token());
        await Deadline.EventuallyAsync(() => _server.GetAsync($"/api/series?name=test.memory&{Range}"), answer => answer.Json.GetProperty("items").GetArrayLength() == 2);
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}

public sealed class QuerySeriesTests(StoredSeries stored) : IClassFixture<StoredSeries>
{
    [Fact]
    public async Task A_name_finds_all_its_series_with_labels_unit_and_points()
    {
        var answer = await stored.Server.GetAsync($"/api/series?name=test.memory&{StoredSeries.Range}&step=10s");

        answer.Status.ShouldBe(200, answer.Body);
        answer.Json.GetProperty("next_cursor").ValueKind.ShouldBe(JsonValueKind.Null);
        var items = answer.Json.GetProperty("items").EnumerateArray().ToArray();
        items.Select(item => item.GetProperty("labels").GetRawText()).Order().ShouldBe(["""{"state":"free"}""", """{"state":"used"}"""]);
        items.ShouldAllBe(item => item.GetProperty("unit").GetString() == "By" && item.GetProperty("kind").GetString() == "gauge");
        items.ShouldAllBe(item => item.GetProperty("step_seconds").GetInt64() == 10 && item.GetProperty("points").GetArrayLength() == 6);
    }

    [Theory]
    [InlineData("avg", 4.5, 54.5)]
    [InlineData("min", 0, 50)]
    [InlineData("max", 9, 59)]
    [InlineData("sum", 45, 545)]
    [InlineData("last", 9, 59)]
    public async Task Readings_are_folded_as_asked(string agg, double first, double last)
    {
        var points = Points(await stored.Server.GetAsync($"/api/series?name=test.memory&label=state:used&{StoredSeries.Range}&step=10&agg={agg}"));

        points.Select(point => point.At).ShouldBe(Enumerable.Range(0, 6).Select(i => (StoredSeries.Start + (i * 10)) * 1_000));
        points[0].Value.ShouldBe(first);
        points[^1].Value.ShouldBe(last);
    }

    [Fact]
    public async Task A_running_total_is_asked_for_as_a_rate()
    {
        var points = Points(await stored.Server.GetAsync($"/api/series?name=test.sent&{StoredSeries.Range}&step=10s&agg=rate"));

        points[^1].Value.ShouldBe(8, tolerance: 0.01);
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10s", 10)]
    [InlineData("1m", 60)]
    [InlineData("PT30S", 30)]
    [InlineData("1h", 3_600)]
    public async Task A_step_is_read_in_every_form(string step, int seconds)
    {
        var answer = await stored.Server.GetAsync($"/api/series?name=test.memory&{StoredSeries.Range}&step={step}");

        answer.Json.GetProperty("items")[0].GetProperty("step_seconds").GetInt32().ShouldBe(seconds);
    }

    [Fact]
    public async Task All_labels_must_hold()
    {
        var both = await stored.Server.GetAsync($"/api/series?name=test.memory&label=state:used&label=host:none&{StoredSeries.Range}");
        var unknown = await stored.Server.GetAsync($"/api/series?name=no.such&{StoredSeries.Range}");

        both.Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        unknown.Json.GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task The_number_of_series_is_bounded_by_the_limit()
    {
        var answer = await stored.Server.GetAsync($"/api/series?name=test.memory&limit=1&{StoredSeries.Range}");

        answer.Json.GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task All_faults_of_a_query_are_listed_at_once()
    {
        var answer = await stored.Server.GetAsync("/api/series?label=colon&since=x&step=0.5&agg=median&limit=501&colour=red");

        answer.ShouldBeProblem(400).RulesAndFields().ShouldBe(
            ["parameter name", "parameter label", "parameter since", "parameter step", "parameter agg", "parameter limit", "unknown_parameter colour"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("step=0", "step")]
    [InlineData("step=-5", "step")]
    [InlineData("step=1.5s", "step")]
    [InlineData("step=1e999", "step")]
    [InlineData("step=99999999999999999999d", "step")]
    [InlineData("since=2000&until=1000", "since")]
    [InlineData("since=1000&until=1000", "since")]
    [InlineData("since=0&until=2000000000000&step=1s", "step")]
    [InlineData("since=0&until=253000000000000&step=1d", "step")]
    [InlineData("until=9999-12-31T23:59:59-23:59", "until")]
    [InlineData("until=0001-01-01T00:00:00Z", "until")]
    [InlineData("until=-62135596800000", "until")]
    [InlineData("label=:value", "label")]
    public async Task A_bad_value_is_refused_with_its_name(string query, string field)
    {
        var answer = await stored.Server.GetAsync($"/api/series?name=test.memory&{query}");

        answer.ShouldBeProblem(400).RulesAndFields().ShouldBe([$"parameter {field}"]);
    }

    private static (long At, double Value)[] Points(Answer answer)
    {
        answer.Status.ShouldBe(200, answer.Body);
        var only = answer.Json.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        return [.. only.GetProperty("points").EnumerateArray().Select(point => (point[0].GetInt64(), point[1].GetDouble()))];
    }
}
