using System.Globalization;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Monitoring;

/// <summary>The topic <c>overview</c>: what the first screen shows, as one snapshot and as values replaced once a second.</summary>
internal sealed class Overview(ServiceStatus status, ISpool spool, Flusher flusher, Broadcaster broadcaster, RecentEvents recent, Rates rates, TimeProvider time)
{
    /// <summary>Seconds of history in a snapshot: what fits into the first packets beside everything else.</summary>
    public const int HistorySeconds = 60;

    private const int HistorySeriesMax = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private static readonly string[] Headlines =
        ["system.cpu.utilization", "system.memory.usage", "system.disk.io", "system.network.io"];

    /// <summary>Reads events that the first screen needs and that are not in memory; set at the root. Default: there are none.</summary>
    public Func<Task> FreshenAsync { get; init; } = () => Task.CompletedTask;

    /// <summary>What is written next is as new as it can be. Whoever waits for a first screen does not wait for a store that is slow.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(FreshenAsync(), Task.Delay(Patience, time, patience.Token));
        await patience.CancelAsync();
    }

    public void Write(Utf8JsonWriter json)
    {
        var now = time.GetUtcNow();
        json.WriteStartObject();

        // Taken before the events: one that comes in between is then told twice, which is noticed, and not missed.
        json.WriteString("cursor"u8, broadcaster.Cursor);
        foreach (var (key, value) in Values())
        {
            json.WritePropertyName(key);
            value(json);
        }

        json.WritePropertyName("series"u8);
        LiveSeriesJson.WriteDictionary(json, broadcaster.Series.Entries());
        var latest = broadcaster.Series.Latest();
        json.WriteStartArray("latest"u8);
        json.WriteNumberValue(latest.MeasuredAt);
        LiveSeriesJson.WriteValues(json, latest.Values);
        json.WriteEndArray();
        WriteHistory(json, now);
        WriteEvents(json);
        json.WriteEndObject();
    }

    /// <summary>The values that are replaced once a second.</summary>
    public IEnumerable<(string Key, Action<Utf8JsonWriter> Value)> Values()
    {
        yield return ("status", status.Write);
        yield return ("ledger", json => LedgerJson.Write(json, flusher.Ledger));
        yield return ("spool", WriteSpool);
        yield return ("breakers", status.Database.WriteBreakers);
        yield return ("rates", rates.Write);
        yield return ("watchers", json => json.WriteNumberValue(broadcaster.Watchers));
    }

    private void WriteSpool(Utf8JsonWriter json)
    {
        var waiting = spool.Snapshot();
        json.WriteStartObject();
        json.WriteString("level"u8, Names.Of(waiting.Level));
        json.WriteNumber("batches"u8, waiting.Batches);
        json.WriteNumber("rows"u8, waiting.Rows);
        json.WriteNumber("live_bytes"u8, waiting.LiveBytes);
        json.WriteNumber("disk_bytes_max"u8, waiting.DiskBytesMax);
        if (waiting.OldestReceivedAt is { } oldest)
        {
            json.WriteNumber("oldest_age_seconds"u8, Math.Max(0, Math.Round((time.GetUtcNow() - oldest).TotalSeconds, 1)));
        }
        else
        {
            json.WriteNull("oldest_age_seconds"u8);
        }

        json.WriteString("fault"u8, waiting.Fault);
        json.WriteEndObject();
    }

    private void WriteHistory(Utf8JsonWriter json, DateTimeOffset now)
    {
        // The second that has begun is not over: its values are on their way.
        var until = now.ToUnixTimeSeconds() - 1;
        json.WriteStartObject("history"u8);
        json.WriteNumber("step_ms"u8, 1_000);
        json.WriteNumber("until"u8, until * 1_000);
        json.WriteStartObject("values"u8);
        foreach (var (id, values) in broadcaster.Series.History(s => Headlines.Contains(s.Name), until, HistorySeconds, HistorySeriesMax))
        {
            json.WriteStartArray(id.ToString(CultureInfo.InvariantCulture));
            foreach (var value in values)
            {
                LiveSeriesJson.WriteNumber(json, value is { } number ? Shorten(number) : null);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        rates.WriteHistory(json, until, HistorySeconds);
        json.WriteEndObject();
    }

    private void WriteEvents(Utf8JsonWriter json)
    {
        json.WriteStartArray("events"u8);
        foreach (var stored in recent.Newest())
        {
            EventJson.Write(json, stored);
        }

        json.WriteEndArray();
    }

    // A chart of 60 points does not show a fifth digit, and the snapshot is to fit into the first packets.
    private static double Shorten(double value) => Math.Abs(value) < 1_000 ? Math.Round(value, 4) : Math.Round(value);
}
