using System.Text.Json;

namespace Holdfast.Monitoring;

/// <summary>Rows a second over the last pulse, measured from counters that only grow.</summary>
internal sealed class Rates(Func<(long Events, long Samples, long Refused)> counters, TimeProvider time)
{
    private (long Events, long Samples, long Refused) _last = counters();
    private long _lastAt = time.GetTimestamp();
    private volatile Measured _now = new(0, 0, 0);

    /// <summary>Called by the pulse only.</summary>
    public void Measure()
    {
        var now = counters();
        var at = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastAt, at).TotalSeconds;
        if (seconds > 0)
        {
            _now = new Measured((now.Events - _last.Events) / seconds, (now.Samples - _last.Samples) / seconds, (now.Refused - _last.Refused) / seconds);
            (_last, _lastAt) = (now, at);
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

    private sealed record Measured(double Events, double Samples, double Refused);
}
