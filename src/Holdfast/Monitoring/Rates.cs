using System.Text.Json;

namespace Holdfast.Monitoring;

/// <summary>Rows a second over the last pulse, measured from counters that only grow, and how they have been for the last two minutes.</summary>
internal sealed class Rates(Func<(long Events, long Samples, long Refused)> counters, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Measured[] _ring = new Measured[LiveSeries.HistorySeconds];
    private (long Events, long Samples, long Refused) _last = counters();
    private long _lastAt = time.GetTimestamp();
    private volatile Measured _now = new(0, 0, 0, 0);

    /// <summary>Called by the pulse only.</summary>
    public void Measure()
    {
        var now = counters();
        var at = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastAt, at).TotalSeconds;
        if (seconds <= 0)
        {
            return;
        }

        var second = time.GetUtcNow().ToUnixTimeSeconds();
        _now = new Measured(second, (now.Events - _last.Events) / seconds, (now.Samples - _last.Samples) / seconds, (now.Refused - _last.Refused) / seconds);
        (_last, _lastAt) = (now, at);
        lock (_gate)
        {
            _ring[SlotOf(second)] = _now;
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        var now = _now;
        json.WriteStartObject();
        json.WriteNumber("events_per_s"u8, Math.Round(now.Events, 1));
        json.WriteNumber("samples_per_s"u8, Math.Round(now.Samples, 1));
        json.WriteNumber("refused_per_s"u8, Math.Round(now.Refused, 1));
        json.WriteEndObject();
    }

    /// <summary>One value a second up to an instant, null where none was measured.</summary>
    public void WriteHistory(Utf8JsonWriter json, long untilUnixSeconds, int seconds)
    {
        var window = Window(untilUnixSeconds, seconds);
        json.WriteStartObject("rates"u8);
        WriteColumn(json, "events_per_s", window, measured => measured.Events);
        WriteColumn(json, "refused_per_s", window, measured => measured.Refused);
        json.WriteEndObject();
    }

    private Measured?[] Window(long untilUnixSeconds, int seconds)
    {
        var window = new Measured?[seconds];
        lock (_gate)
        {
            for (var i = 0; i < seconds; i++)
            {
                var second = untilUnixSeconds - seconds + 1 + i;
                var measured = _ring[SlotOf(second)];
                window[i] = measured?.Second == second ? measured : null;
            }
        }

        return window;
    }

    private static void WriteColumn(Utf8JsonWriter json, string name, Measured?[] window, Func<Measured, double> value)
    {
        json.WriteStartArray(name);
        foreach (var measured in window)
        {
            LiveSeriesJson.WriteNumber(json, measured is null ? null : Math.Round(value(measured), 1));
        }

        json.WriteEndArray();
    }

    private static int SlotOf(long second) => (int)((ulong)second % LiveSeries.HistorySeconds);

    private sealed record Measured(long Second, double Events, double Samples, double Refused);
}
