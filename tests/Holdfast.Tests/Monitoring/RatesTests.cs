using System.Text.Json;
using Holdfast.Monitoring;
using Holdfast.Testing;

namespace Holdfast.Tests.Monitoring;

public sealed class RatesTests
{
    private readonly ManualTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_000));
    private long _events;

    [Fact]
    public void History_has_one_value_a_second_and_null_where_none_was_measured()
    {
        var rates = new Rates(() => (_events, 0, 0), _time);
        Pass(rates, seconds: 1, events: 5);
        Pass(rates, seconds: 2, events: 8);

        History(rates, until: 1_003, seconds: 4).ShouldBe([null, 5, null, 4]);
    }

    [Fact]
    public void History_forgets_what_is_older_than_its_window()
    {
        var rates = new Rates(() => (_events, 0, 0), _time);
        Pass(rates, seconds: 1, events: 5);
        Pass(rates, seconds: LiveSeries.HistorySeconds, events: 0);

        History(rates, until: 1_001, seconds: 1).ShouldBe([null]);
    }

    private void Pass(Rates rates, int seconds, int events)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _events += events;
        rates.Measure();
    }

    private static double?[] History(Rates rates, long until, int seconds)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            rates.WriteHistory(json, until, seconds);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        return [.. document.RootElement.GetProperty("rates").GetProperty("events_per_s").EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.Null ? (double?)null : value.GetDouble())];
    }
}
