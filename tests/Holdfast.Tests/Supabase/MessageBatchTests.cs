using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Supabase;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Supabase;

public class MessageBatchTests
{
    private static readonly SupabaseOptions Options = new(new Uri("https://ref.supabase.co"), "key") { Topic = "ops", Origin = "node-1", IsPrivate = true };

    private readonly MessageBatch _batch = new(Options);

    [Fact]
    public void Frames_travel_together_in_one_message()
    {
        _batch.TryAdd("[\"k\",1]"u8.ToArray());
        _batch.TryAdd("[\"t\",2,[]]"u8.ToArray());

        Encoding.UTF8.GetString(_batch.ToJson().Span).ShouldBe(
            """{"messages":[{"topic":"ops","event":"frames","payload":{"origin":"node-1","frames":[["k",1],["t",2,[]]]},"private":true}]}""");
    }

    [Fact]
    public void What_does_not_fit_goes_into_the_next_message()
    {
        for (var i = 0; i < 3; i++)
        {
            _batch.TryAdd(Frame(MessageBatch.MessageBytesMax / 2)).ShouldBeTrue();
        }

        _batch.TryAdd(Frame(MessageBatch.MessageBytesMax + 1)).ShouldBeFalse();
        _batch.Count.ShouldBe(2);
        JsonDocument.Parse(_batch.ToJson()).RootElement.GetProperty("messages").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public void Nothing_is_no_message()
    {
        _batch.Count.ShouldBe(0);
        Encoding.UTF8.GetString(_batch.ToJson().Span).ShouldBe("""{"messages":[]}""");
    }

    [Fact]
    public void Events_are_cut_into_frames_that_fit_and_keep_their_order_and_cursors()
    {
        var epoch = Guid.NewGuid();
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 100; i++)
        {
            EventCodec.Write(buffer, Some.Row(i) with { Data = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', 10_000)}}"}""") });
        }

        var update = new EventsUpdate(new RecordedEvents(epoch, 1, 100, Some.Instant, buffer.WrittenMemory), LivePositions.Of(epoch, 100));
        var frames = MessageBatch.FramesOf(new PendingUpdate(update)).All.Select(frame => (frame.Length, Json: JsonDocument.Parse(frame).RootElement)).ToList();

        frames.ShouldAllBe(frame => frame.Length <= MessageBatch.MessageBytesMax);
        frames.SelectMany(frame => frame.Json[2].EnumerateArray()).Select(item => item.GetProperty("sequence_id").GetInt64()).ShouldBe(Enumerable.Range(1, 100).Select(n => (long)n));
        foreach (var (_, frame) in frames)
        {
            LiveCursor.TryDecode(frame[1].GetString()!, out var places).ShouldBeTrue();
            places.In(epoch).ShouldBe(frame[2][frame[2].GetArrayLength() - 1].GetProperty("sequence_id").GetInt64());
        }
    }

    [Fact]
    public void An_event_that_is_too_long_is_told_as_a_gap_and_its_neighbours_are_told()
    {
        var epoch = Guid.NewGuid();
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 1; i <= 5; i++)
        {
            var length = i == 3 ? MessageBatch.MessageBytesMax : 10;
            EventCodec.Write(buffer, Some.Row(i) with { Data = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', length)}}"}""") });
        }

        var update = new EventsUpdate(new RecordedEvents(epoch, 1, 5, Some.Instant, buffer.WrittenMemory), LivePositions.Of(epoch, 5));
        var frames = MessageBatch.FramesOf(new PendingUpdate(update));

        frames.TooLong.ShouldBe(1);
        frames.All.ShouldAllBe(frame => frame.Length <= MessageBatch.MessageBytesMax);
        var told = frames.All.Select(frame => JsonDocument.Parse(frame).RootElement).ToList();
        told.Where(frame => frame[0].GetString() == "e").SelectMany(frame => frame[2].EnumerateArray())
            .Select(item => item.GetProperty("sequence_id").GetInt64()).ShouldBe([1L, 2L, 4L, 5L]);
        var gap = told.Single(frame => frame[0].GetString() == "g")[1];
        (gap.GetProperty("from").GetInt64(), gap.GetProperty("to").GetInt64()).ShouldBe((3L, 3L));
    }

    [Fact]
    public void Many_small_events_are_framed_as_everywhere() =>
        MessageBatch.FramesOf(new PendingUpdate(Some.Told(1, 1_000))).All.ShouldAllBe(frame => JsonDocument.Parse(frame, default).RootElement[2].GetArrayLength() <= PublishedEvents.EventsPerFrame);

    private static byte[] Frame(int bytes) => Encoding.UTF8.GetBytes($"[\"{new string('x', bytes - 4)}\"]");
}
