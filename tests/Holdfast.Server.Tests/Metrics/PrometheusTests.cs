using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Metrics;

/// <summary>What a real Prometheus makes of the metrics.</summary>
public sealed class PrometheusTests
{
    [Fact]
    public async Task Prometheus_scrapes_the_server_and_sees_the_ledger()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.BasePath] = "/ops" });
        await using var prometheus = await PrometheusServer.ScrapingAsync(new Uri(server.Address, "/ops/metrics"));
        await PostAsync(server, 400);

        var stored = await prometheus.ValueAsync("holdfast_ledger_rows{kind=\"event\",term=\"stored\"}", value => value == 400);

        var ledger = (await server.GetAsync("/ops/api/ledger")).Json.GetProperty("events");
        stored.ShouldBe(ledger.GetProperty("stored").GetInt64());
        (await prometheus.ValueAsync("sum(holdfast_ledger_rows{kind=\"event\",term!=\"received\"}) - sum(holdfast_ledger_rows{kind=\"event\",term=\"received\"})", _ => true)).ShouldBe(0);
        (await prometheus.ValueAsync("holdfast_flush_duration_seconds_bucket{outcome=\"stored\",le=\"+Inf\"} - ignoring(le) holdfast_flush_duration_seconds_count{outcome=\"stored\"}", _ => true)).ShouldBe(0);
        (await prometheus.ValueAsync("holdfast_validation_events_total{event_type=\"scraped\",result=\"passed\"}", _ => true)).ShouldBe(400);
        (await prometheus.ValueAsync("process_resident_memory_bytes", _ => true)).ShouldBeGreaterThan(1_000_000);
        (await prometheus.ValueAsync("scrape_samples_scraped{job=\"holdfast\"}", _ => true)).ShouldBeGreaterThan(80);
    }

    private static async Task PostAsync(TestServer server, int events)
    {
        var body = $"[{string.Join(',', Enumerable.Repeat("""{"event_type":"scraped","data":{}}""", events))}]";
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        (await server.Http.PostAsync(new Uri(server.Address, "/ops/api/events"), content)).EnsureSuccessStatusCode();

        // Whoever asks has it sampled: the metrics show the last sample.
        await Deadline.EventuallyAsync(() => server.GetAsync("/ops/api/ledger"), answer => answer.Json.GetProperty("events").GetProperty("stored").GetInt64() == events);
    }
}
