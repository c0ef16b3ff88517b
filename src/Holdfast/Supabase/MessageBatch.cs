using System.Buffers;
using System.Text.Json;
using Holdfast.Monitoring;
using Holdfast.Pipeline;

namespace Holdfast.Supabase;

/// <summary>
/// A round as the project's broadcast endpoint takes it: <c>{"messages": [{topic, event: "frames", payload: {origin, frames: [...]}, private}]}</c>,
/// the live frames of the server, as many in one message as it may be long, because each message counts. Pure.
/// </summary>
internal sealed class MessageBatch(SupabaseOptions options)
{
    /// <summary>Bytes of the frames in one message; the least that any plan takes is 256 kB.</summary>
    public const int MessageBytesMax = 200 << 10;

    private readonly List<List<byte[]>> _messages = [[]];
    private int _bytes;

    /// <summary>Messages so far.</summary>
    public int Count => _messages[0].Count == 0 ? 0 : _messages.Count;

    /// <summary>Puts a frame where there is room for it. False: it is too long for any message.</summary>
    public bool TryAdd(byte[] frame)
    {
        if (frame.Length > MessageBytesMax)
        {
            return false;
        }

        if (_bytes + frame.Length > MessageBytesMax)
        {
            _messages.Add([]);
            _bytes = 0;
        }

        _messages[^1].Add(frame);
        _bytes += frame.Length;
        return true;
    }

    /// <summary>
    /// The frames of an update: of as many events each as fit into a message. An event that is too long for any message is told as a gap, and
    /// its neighbours are not: it is in the log.
    /// </summary>
    public static UpdateFrames FramesOf(PendingUpdate pending)
    {
        var frames = new UpdateFrames();
        if (pending.Update is GapUpdate gap)
        {
            frames.All.Add(LiveFrames.Gap(gap.Epoch, gap.From, gap.To));
        }
        else
        {
            AddFrames(frames, pending.Update, pending.Carried.ToArray());
        }

        return frames;
    }

    /// <summary>The body of the request.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(_messages.Sum(frames => frames.Sum(frame => frame.Length + 1)) + (256 * _messages.Count));
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("messages"u8);
            foreach (var frames in _messages.Where(frames => frames.Count > 0))
            {
                Write(json, frames);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private void Write(Utf8JsonWriter json, List<byte[]> frames)
    {
        json.WriteStartObject();
        json.WriteString("topic"u8, options.Topic);
        json.WriteString("event"u8, "frames"u8);
        json.WriteStartObject("payload"u8);
        json.WriteString("origin"u8, options.Origin);
        json.WriteStartArray("frames"u8);
        foreach (var frame in frames)
        {
            json.WriteRawValue(frame, skipInputValidation: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteBoolean("private"u8, options.IsPrivate);
        json.WriteEndObject();
    }

    // Halved until they fit: events differ in size by a thousand times, and nearly always all of them fit.
    private static void AddFrames(UpdateFrames frames, LogUpdate update, ArraySegment<StoredEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        if (events.Count <= PublishedEvents.EventsPerFrame)
        {
            var frame = LiveFrames.Events(LiveCursor.Encode(update.At.With(update.Epoch, events[^1].SequenceId)), events);
            if (frame.Length <= MessageBytesMax)
            {
                frames.All.Add(frame);
                return;
            }

            if (events.Count == 1)
            {
                frames.All.Add(LiveFrames.Gap(update.Epoch, events[0].SequenceId, events[0].SequenceId));
                frames.TooLong++;
                return;
            }
        }

        AddFrames(frames, update, events[..(events.Count / 2)]);
        AddFrames(frames, update, events[(events.Count / 2)..]);
    }
}

/// <summary>An update as it is published.</summary>
internal sealed class UpdateFrames
{
    /// <summary>Each fits into a message.</summary>
    public List<byte[]> All { get; } = [];

    /// <summary>Events that are told as a gap.</summary>
    public int TooLong { get; set; }
}
