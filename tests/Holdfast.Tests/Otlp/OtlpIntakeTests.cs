using System.Text;
using Holdfast.Otlp;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Otlp;

public sealed class OtlpIntakeTests : IDisposable
{
    private readonly OtlpRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gauge_keeps_its_name_unit_and_value(bool asProtobuf)
    {
        var result = await _rig.IngestAsync(Metric("gauge", Number(10, """ "asDouble":1.5,"attributes":[{"key":"room","value":{"stringValue":"hall"}}] """)), asProtobuf);

        result.ShouldBe(new OtlpResult(0, ""));
        _rig.Recorded.ShouldBe(["temp{\"room\":\"hall\",\"service.name\":\"shop\"} 10 1.5"]);
        var series = _rig.Samples.Single().Series;
        series.Unit.ShouldBe("Cel");
        series.Kind.ShouldBe(SeriesKind.Gauge);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sum_that_only_grows_is_a_counter_and_its_beginning_is_marked(bool asProtobuf)
    {
        await _rig.IngestAsync(OtlpRig.Sum(start: 0, time: 60, value: 7), asProtobuf);

        _rig.Recorded.ShouldBe(["orders{\"service.name\":\"shop\"} 0.001 0", "orders{\"service.name\":\"shop\"} 60 7"]);
        _rig.Samples.ShouldAllBe(sample => sample.Series.Kind == SeriesKind.Counter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sum_that_goes_up_and_down_is_a_gauge(bool asProtobuf)
    {
        await _rig.IngestAsync(OtlpRig.Sum(start: 0, time: 60, value: -7, monotonic: false), asProtobuf);

        _rig.Recorded.ShouldBe(["orders{\"service.name\":\"shop\"} 60 -7"]);
        _rig.Samples.Single().Series.Kind.ShouldBe(SeriesKind.Gauge);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_histogram_becomes_count_sum_extremes_and_buckets_that_hold_all_below(bool asProtobuf)
    {
        await _rig.IngestAsync(
            Metric("histogram", Point(0, 10, """ "count":"6","sum":12.5,"min":0.5,"max":9,"bucketCounts":["1","2","3"],"explicitBounds":[1,2.5] """), ",\"aggregationTemporality\":2"),
            asProtobuf);

        Values(at: 10).ShouldBe(
        [
            "temp.count{} 6", "temp.sum{} 12.5", "temp.min{} 0.5", "temp.max{} 9",
            "temp.bucket{\"le\":\"1\"} 1", "temp.bucket{\"le\":\"2.5\"} 3", "temp.bucket{\"le\":\"+Inf\"} 6",
        ]);
        Unit("temp.count").ShouldBe("1");
        Unit("temp.sum").ShouldBe("Cel");
        Unit("temp.bucket").ShouldBe("1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_histogram_without_buckets_or_sum_is_what_it_has(bool asProtobuf)
    {
        await _rig.IngestAsync(Metric("histogram", Point(0, 10, """ "count":"6" """), ",\"aggregationTemporality\":2"), asProtobuf);

        Values(at: 10).ShouldBe(["temp.count{} 6"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exponential_histogram_becomes_count_sum_extremes_and_quantiles(bool asProtobuf)
    {
        // Scale 0: (1, 2], (2, 4], (4, 8]; half of what is positive lies at or below 4.
        await _rig.IngestAsync(
            Metric(
                "exponentialHistogram",
                Point(0, 10, """ "count":"8","sum":30,"min":1,"max":8,"scale":0,"zeroCount":"0","positive":{"offset":0,"bucketCounts":["2","2","4"]} """),
                ",\"aggregationTemporality\":2"),
            asProtobuf);

        Values(at: 10).Take(4).ShouldBe(["temp.count{} 8", "temp.sum{} 30", "temp.min{} 1", "temp.max{} 8"]);
        Values(at: 10).ShouldContain("temp.quantile{\"quantile\":\"0.5\"} 4");
        Values(at: 10).Count(value => value.StartsWith("temp.quantile", StringComparison.Ordinal)).ShouldBe(4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_summary_becomes_count_sum_and_the_quantiles_it_has(bool asProtobuf)
    {
        await _rig.IngestAsync(
            Metric("summary", Point(0, 10, """ "count":"8","sum":30,"quantileValues":[{"quantile":0.5,"value":3},{"quantile":1,"value":9}] """)), asProtobuf);

        Values(at: 10).ShouldBe(["temp.count{} 8", "temp.sum{} 30", "temp.quantile{\"quantile\":\"0.5\"} 3", "temp.quantile{\"quantile\":\"1\"} 9"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Attributes_of_every_kind_become_texts(bool asProtobuf)
    {
        const string Attributes =
            """
            "asInt":"9007199254740993","attributes":[
              {"key":"t","value":{"stringValue":"ä\""}},{"key":"b","value":{"boolValue":true}},{"key":"i","value":{"intValue":"-5"}},{"key":"d","value":{"doubleValue":0.1}},
              {"key":"x","value":{"bytesValue":"AQI="}},{"key":"n","value":{}},
              {"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"1"},{"doubleValue":2.5},{"boolValue":false},{}]}}},
              {"key":"l","value":{"kvlistValue":{"values":[{"key":"k","value":{"arrayValue":{"values":[]}}}]}}}]
            """;

        await _rig.IngestAsync(Metric("gauge", Number(10, Attributes)), asProtobuf);

        _rig.Samples.Single().Series.LabelsJson.ShouldBe(
            """{"a":"[\"x\",1,2.5,false,null]","b":"true","d":"0.1","i":"-5","l":"{\"k\":[]}","n":"","service.name":"shop","t":"ä\"","x":"AQI="}""");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_the_resource_only_the_labels_asked_for_are_kept_and_the_scope_if_it_is(bool asProtobuf)
    {
        _rig.Options = new OtlpOptions { ResourceLabels = ["host.name", OtlpOptions.ScopeName] };
        var request = Metric("gauge", Number(10, "\"asInt\":1")).Replace(
            "{\"key\":\"service.name\"", "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"web1\"}},{\"key\":\"service.name\"", StringComparison.Ordinal);

        await _rig.IngestAsync(request, asProtobuf);

        _rig.Samples.Single().Series.LabelsJson.ShouldBe("""{"host.name":"web1","otel.scope.name":"lib"}""");
    }

    [Theory]
    [InlineData("\"asDouble\":\"NaN\"", "not a finite number")]
    [InlineData("\"asDouble\":\"-Infinity\"", "not a finite number")]
    [InlineData("\"attributes\":[]", "without a value")]
    public async Task What_has_no_value_is_rejected_and_its_neighbours_are_recorded(string value, string reason)
    {
        var request = Metric("gauge", Number(10, "\"asInt\":1") + "," + Number(11, value) + "," + Number(12, "\"asInt\":2"));
        foreach (var asProtobuf in (bool[])[true, false])
        {
            var result = await _rig.IngestAsync(request, asProtobuf);

            result.RejectedPoints.ShouldBe(1);
            result.Message.ShouldContain(reason);
            result.Message.ShouldContain("temp");
        }

        _rig.Samples.Count().ShouldBe(4);
        _rig.Inner.Refusals.Snapshot().Samples[RefusalReason.Invalid].ShouldBe(2);
    }

    [Fact]
    public async Task A_point_that_says_there_was_nothing_to_record_is_no_fault()
    {
        var result = await _rig.IngestAsync(Metric("gauge", Number(10, "\"flags\":1")));

        result.ShouldBe(new OtlpResult(0, ""));
        _rig.Recorded.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(-8 * 86_400, 1)]
    [InlineData(-6 * 86_400, 0)]
    [InlineData(86_000, 0)]
    [InlineData(87_000, 1)]
    public async Task A_point_must_be_of_a_time_that_samples_are_kept_for(double seconds, long rejected) =>
        (await _rig.IngestAsync(Metric("gauge", Number(seconds, "\"asInt\":1")))).RejectedPoints.ShouldBe(rejected);

    [Theory]
    [InlineData(""" "count":"6","bucketCounts":["1","2"],"explicitBounds":[1,2] """)]
    [InlineData(""" "count":"6","bucketCounts":["1","2","3"],"explicitBounds":[2,1] """)]
    [InlineData(""" "count":"6","bucketCounts":["1","2","3"],"explicitBounds":[1,"Infinity"] """)]
    [InlineData(""" "count":"6","bucketCounts":[],"explicitBounds":[1] """)]
    public async Task Buckets_that_do_not_fit_together_are_rejected(string point)
    {
        var result = await _rig.IngestAsync(Metric("histogram", Point(0, 10, point), ",\"aggregationTemporality\":2"));

        result.RejectedPoints.ShouldBe(1);
        result.Message.ShouldContain("do not fit together");
    }

    [Fact]
    public async Task A_sum_must_say_what_it_counts_from()
    {
        var result = await _rig.IngestAsync(OtlpRig.Sum(start: 0, time: 60, value: 7, temporality: 0));

        result.RejectedPoints.ShouldBe(1);
        result.Message.ShouldContain("temporality");
    }

    [Fact]
    public async Task Limits_of_series_reject_points_and_name_the_reason()
    {
        var longValue = new string('v', 1_025);
        var result = await _rig.IngestAsync(Metric("gauge", Number(10, "\"asInt\":1,\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"" + longValue + "\"}}]")));
        var nameless = await _rig.IngestAsync(Metric("gauge", Number(10, "\"asInt\":1")).Replace("\"temp\"", "\"\"", StringComparison.Ordinal));

        result.Message.ShouldBe("Not recorded: 1 with a too long label value (temp).");
        nameless.Message.ShouldBe("Not recorded: 1 with an empty or too long name ().");
    }

    [Fact]
    public async Task A_series_that_made_room_for_others_comes_back_as_one_of_the_active()
    {
        _rig.SeriesLimits = new SeriesOptions { ActiveSeriesMax = 1 };
        await _rig.IngestAsync(Named("one"));
        (await _rig.IngestAsync(Named("two"))).RejectedPoints.ShouldBe(1);
        _rig.Clock.Advance(TimeSpan.FromHours(25));

        (await _rig.IngestAsync(Named("two"))).RejectedPoints.ShouldBe(0);
        var back = await _rig.IngestAsync(Named("one"));

        back.Message.ShouldContain("limit of active");
        _rig.Registry.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_same_stream_in_both_encodings_is_one_series()
    {
        await _rig.IngestAsync(Named("one"), asProtobuf: true);
        await _rig.IngestAsync(Named("one"), asProtobuf: false);

        _rig.Registry.Count.ShouldBe(1);
        _rig.Recorded.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_not_known_is_passed_over()
    {
        const string Unknown = "\"x\":{\"y\":[1,{\"z\":null}]},";
        var json = Metric("gauge", Number(10, "\"asInt\":1,\"exemplars\":[{\"traceId\":\"ab\",\"asDouble\":1}]"));

        await _rig.IngestAsync(Encoding.UTF8.GetBytes(json.Replace("{\"", "{" + Unknown + "\"", StringComparison.Ordinal)), OtlpEncoding.Json);
        await _rig.IngestAsync([.. OtlpProtobuf.Field(99, [1, 2, 3]), .. OtlpProtobuf.FromJson(json)], OtlpEncoding.Protobuf);

        _rig.Recorded.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} x")]
    [InlineData("{\"resourceMetrics\":5}")]
    [InlineData("{\"resourceMetrics\":[5]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":5}]}]}]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"\\ud800\"}]}]}]}")]
    [InlineData("{\"re\\ud800sourceMetrics\":[]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":{\"dataPoints\":[{\"asInt\":\"x\"}]}}]}]}]}")]
    public async Task A_body_that_is_no_request_is_refused_whole(string json)
    {
        await Should.ThrowAsync<OtlpFormatException>(() => _rig.IngestAsync(Encoding.UTF8.GetBytes(json), OtlpEncoding.Json));

        _rig.Spool.Appends.ShouldBeEmpty();
        _rig.Inner.Refusals.Snapshot().Samples[RefusalReason.Unreadable].ShouldBe(1);
    }

    [Fact]
    public async Task A_body_that_is_cut_off_is_refused_whole()
    {
        var whole = OtlpProtobuf.FromJson(Metric("gauge", Number(10, "\"asInt\":1")));

        for (var length = 1; length < whole.Length; length++)
        {
            await Should.ThrowAsync<OtlpFormatException>(() => _rig.IngestAsync(whole[..length], OtlpEncoding.Protobuf));
        }

        _rig.Spool.Appends.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_to_record_is_well()
    {
        (await _rig.IngestAsync([], OtlpEncoding.Protobuf)).ShouldBe(new OtlpResult(0, ""));
        (await _rig.IngestAsync("{}"u8.ToArray(), OtlpEncoding.Json)).ShouldBe(new OtlpResult(0, ""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_value_nested_too_deep_is_refused(bool asProtobuf)
    {
        var value = "{\"intValue\":\"1\"}";
        for (var depth = 0; depth <= NestedValue.DepthMax; depth++)
        {
            value = "{\"arrayValue\":{\"values\":[" + value + "]}}";
        }

        var request = Metric("gauge", Number(10, "\"asInt\":1,\"attributes\":[{\"key\":\"k\",\"value\":" + value + "}]"));

        await Should.ThrowAsync<OtlpFormatException>(() => _rig.IngestAsync(request, asProtobuf));
    }

    [Fact]
    public async Task A_full_spool_takes_nothing()
    {
        _rig.Spool.Fault = new SpoolFullException("no room", TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<SpoolFullException>(() => _rig.IngestAsync(Named("one")));
    }

    private static string Metric(string shape, string points, string more = "") =>
        OtlpRig.Request($$$$"""{"name":"temp","unit":"Cel","{{{{shape}}}}":{"dataPoints":[{{{{points}}}}]{{{{more}}}}}}""");

    private static string Number(double time, string value) => $$$$"""{"timeUnixNano":"{{{{OtlpRig.Nanoseconds(time)}}}}",{{{{value}}}}}""";

    private static string Point(double start, double time, string values) =>
        $$$$"""{"startTimeUnixNano":"{{{{OtlpRig.Nanoseconds(start)}}}}","timeUnixNano":"{{{{OtlpRig.Nanoseconds(time)}}}}",{{{{values}}}}}""";

    private string Named(string name) => Metric("gauge", Number((_rig.Clock.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds, "\"asInt\":1"))
        .Replace("\"temp\"", $"\"{name}\"", StringComparison.Ordinal);

    /// <summary>What was recorded for a time, without the label that all have.</summary>
    private IEnumerable<string> Values(double at) => _rig.Recorded.Where(text => text.Contains($" {at} ", StringComparison.Ordinal))
        .Select(text => text.Replace($" {at} ", " ", StringComparison.Ordinal).Replace(",\"service.name\":\"shop\"", "", StringComparison.Ordinal)
            .Replace("\"service.name\":\"shop\"", "", StringComparison.Ordinal));

    private string Unit(string name) => _rig.Samples.First(sample => sample.Series.Name == name).Series.Unit;
}
