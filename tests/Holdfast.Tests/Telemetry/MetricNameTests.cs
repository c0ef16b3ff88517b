using Holdfast.Telemetry;

namespace Holdfast.Tests.Telemetry;

public class MetricNameTests
{
    [Theory]
    [InlineData("holdfast.flush.duration", "s", nameof(MetricKind.Histogram), "holdfast_flush_duration_seconds", 1)]
    [InlineData("holdfast.flush.duration", "ms", nameof(MetricKind.Histogram), "holdfast_flush_duration_seconds", 1e-3)]
    [InlineData("process.cpu", "s", nameof(MetricKind.Counter), "process_cpu_seconds_total", 1)]
    [InlineData("spent", "us", nameof(MetricKind.Counter), "spent_seconds_total", 1e-6)]
    [InlineData("spent", "ns", nameof(MetricKind.Counter), "spent_seconds_total", 1e-9)]
    [InlineData("holdfast.spool.live", "By", nameof(MetricKind.Gauge), "holdfast_spool_live_bytes", 1)]
    [InlineData("cache", "KiBy", nameof(MetricKind.Gauge), "cache_bytes", 1_024)]
    [InlineData("holdfast.spool.fill", "1", nameof(MetricKind.Gauge), "holdfast_spool_fill_ratio", 1)]
    [InlineData("hits", "1", nameof(MetricKind.Counter), "hits_total", 1)]
    [InlineData("holdfast.spool.rows", "{row}", nameof(MetricKind.Gauge), "holdfast_spool_rows", 1)]
    [InlineData("rows", null, nameof(MetricKind.Counter), "rows_total", 1)]
    [InlineData("rows", "", nameof(MetricKind.Gauge), "rows", 1)]
    [InlineData("rows.total", "{row}", nameof(MetricKind.Counter), "rows_total", 1)]
    [InlineData("memory.bytes", "By", nameof(MetricKind.Gauge), "memory_bytes", 1)]
    [InlineData("temperature", "Cel", nameof(MetricKind.Gauge), "temperature_Cel", 1)]
    public void A_name_says_its_unit_and_a_counter_its_total(string instrument, string? unit, string kind, string name, double scale) =>
        MetricName.Of(instrument, unit, Enum.Parse<MetricKind>(kind)).ShouldBe(new MetricName(name, scale));

    [Theory]
    [InlineData("a.b-c/d e", "a_b_c_d_e")]
    [InlineData("a..b", "a_b")]
    [InlineData("a__b", "a_b")]
    [InlineData("9lives", "_9lives")]
    [InlineData("größe", "gr_e")]
    [InlineData("", "_")]
    public void What_no_name_may_hold_becomes_one_underscore(string name, string clean) => MetricName.Sanitize(name).ShouldBe(clean);
}
