using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>
/// The live frames: JSON arrays whose first element is the type. The same payloads travel over every way of delivery. Each method returns
/// the encoded frame; what goes to many is encoded once.
/// </summary>
internal static class LiveFrames
{
    private static ReadOnlySpan<byte> EventsHead => "[\"e\",\""u8;

    public static byte[] Hello(Guid epoch, string cursor, DateTimeOffset serverTime, string node, string flagsEtag) => Build("h", json =>
    {
        json.WriteStartObject();
        json.WriteString("epoch"u8, epoch);
        json.WriteString("cursor"u8, cursor);
        json.WriteNumber("server_time"u8, serverTime.ToUnixTimeMilliseconds());
        json.WriteString("node"u8, node);
        json.WriteString("flags_etag"u8, flagsEtag);
        json.WriteEndObject();
    });

    public static byte[] Snapshot(string topic, string cursor, Action<Utf8JsonWriter> snapshot) => Build("s", json =>
    {
        json.WriteStringValue(topic);
        json.WriteStringValue(cursor);
        snapshot(json);
    });

    public static byte[] Series(IEnumerable<LiveSeriesEntry> series) => Build("n", json => LiveSeriesJson.WriteDictionary(json, series));

    public static byte[] Tick(LiveValues values) => Build("t", json =>
    {
        json.WriteNumberValue(values.MeasuredAt);
        LiveSeriesJson.WriteValues(json, values.Values);
    });

    public static byte[] Events(string cursor, IEnumerable<StoredEvent> events) => Build("e", json =>
    {
        json.WriteStringValue(cursor);
        json.WriteStartArray();
        foreach (var stored in events)
        {
            EventJson.Write(json, stored);
        }

        json.WriteEndArray();
    });

    /// <summary>Rows of one batch, in order; <paramref name="firstSequence"/> belongs to the first of <paramref name="rows"/>.</summary>
    public static byte[] Events(string cursor, Guid epoch, long firstSequence, DateTimeOffset receivedAt, IReadOnlyList<EventRow> rows) => Build("e", json =>
    {
        json.WriteStringValue(cursor);
        json.WriteStartArray();
        for (var i = 0; i < rows.Count; i++)
        {
            EventJson.Write(json, rows[i], epoch, firstSequence + i, receivedAt);
        }

        json.WriteEndArray();
    });

    /// <summary>A frame of events with another cursor, for a watcher that stands elsewhere than the others.</summary>
    public static byte[] WithCursor(byte[] events, string cursor)
    {
        // The cursor has no character that JSON would escape, so it ends at the next quotation mark.
        var rest = events.AsSpan()[(EventsHead.Length + events.AsSpan()[EventsHead.Length..].IndexOf((byte)'"'))..];
        var frame = new byte[EventsHead.Length + cursor.Length + rest.Length];
        EventsHead.CopyTo(frame);
        Encoding.ASCII.GetBytes(cursor, frame.AsSpan(EventsHead.Length));
        rest.CopyTo(frame.AsSpan(EventsHead.Length + cursor.Length));
        return frame;
    }

    /// <summary>Replaces whole values by key; a reader that missed the last one loses nothing.</summary>
    public static byte[] Put(string topic, string cursor, IEnumerable<(string Key, Action<Utf8JsonWriter> Value)> values) => Build("d", json =>
    {
        json.WriteStringValue(topic);
        json.WriteStringValue(cursor);
        json.WriteStartArray();
        foreach (var (key, value) in values)
        {
            json.WriteStartObject();
            json.WriteString("op"u8, "put"u8);
            json.WriteString("key"u8, key);
            json.WritePropertyName("value"u8);
            value(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Events from..to (inclusive) did not come this way: history is gone, or the reader was too slow.</summary>
    public static byte[] Gap(Guid epoch, long from, long to) => Build("g", json =>
    {
        json.WriteStartObject();
        json.WriteString("epoch"u8, epoch);
        json.WriteNumber("from"u8, from);
        json.WriteNumber("to"u8, to);
        json.WriteEndObject();
    });

    public static byte[] Flags(string etag) => Build("f", json => json.WriteStringValue(etag));

    public static byte[] KeepAlive(DateTimeOffset serverTime) => Build("k", json => json.WriteNumberValue(serverTime.ToUnixTimeMilliseconds()));

    /// <summary>A frame of the client was not understood.</summary>
    public static byte[] Problem(string field, string message) => Build("x", json =>
    {
        json.WriteStartObject();
        json.WriteString("title"u8, "The frame was not understood."u8);
        json.WriteString("field"u8, field);
        json.WriteString("detail"u8, message);
        json.WriteEndObject();
    });

    /// <summary>The server ends the connection on purpose.</summary>
    public static byte[] Bye(string reason, TimeSpan retryAfter) => Build("b", json =>
    {
        json.WriteStringValue(reason);
        json.WriteNumberValue((long)retryAfter.TotalMilliseconds);
    });

    private static byte[] Build(string type, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartArray();
            json.WriteStringValue(type);
            rest(json);
            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
