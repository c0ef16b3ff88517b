using System.Buffers;
using System.Text;
using Holdfast.Monitoring;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Monitoring;

public sealed class RecentEventsTests
{
    private static readonly Guid Epoch = new("0190aaaa-0000-7000-8000-000000000004");
    private readonly RecentEvents _recent = new();
    private long _sequence;

    [Fact]
    public void The_newest_come_first_across_batches_with_the_numbers_they_have()
    {
        Add(count: 3);
        Add(count: 2);

        _recent.Newest().Select(e => e.SequenceId).ShouldBe([5, 4, 3, 2, 1]);
    }

    [Fact]
    public void Of_a_large_batch_only_the_last_are_shown()
    {
        Add(count: 5_000);

        _recent.Newest().Select(e => e.SequenceId).ShouldBe(Enumerable.Range(0, RecentEvents.EventsMax).Select(i => 5_000L - i));
    }

    [Fact]
    public void Large_events_do_not_make_a_large_page_and_the_newest_is_shown_whatever_its_size()
    {
        Add(count: 10, bytesEach: RecentEvents.PaintBytesMax / 4);
        _recent.Newest().Count.ShouldBe(3);

        Add(count: 1, bytesEach: RecentEvents.PaintBytesMax * 2);
        _recent.Newest().Select(e => e.SequenceId).ShouldBe([11]);
    }

    [Fact]
    public void What_is_kept_is_bounded_by_bytes()
    {
        for (var i = 0; i < RecentEvents.EventsMax; i++)
        {
            Add(count: 1, bytesEach: RecentEvents.KeptBytesMax / 4);
        }

        _recent.SizeBytes.ShouldBeInRange(RecentEvents.KeptBytesMax / 4, RecentEvents.KeptBytesMax);
    }

    private void Add(int count, int bytesEach = 10)
    {
        var payload = new ArrayBufferWriter<byte>();
        var data = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', bytesEach)}}"}""");
        for (var i = 0; i < count; i++)
        {
            EventCodec.Write(payload, Row(data));
        }

        _recent.Add(new RecordedEvents(Epoch, _sequence + 1, count, DateTimeOffset.UnixEpoch, payload.WrittenMemory));
        _sequence += count;
    }

    private static EventRow Row(byte[] data) => new()
    {
        Id = Guid.NewGuid(),
        ClientId = false,
        TimestampMicroseconds = 0,
        Category = EventCategory.System,
        EventType = "order.placed"u8.ToArray(),
        Source = "shop"u8.ToArray(),
        Data = data,
        Metadata = "{}"u8.ToArray(),
    };
}
