using System.Text.Json;
using Holdfast.Monitoring;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Monitoring;

/// <summary>A watcher that has seen more of an epoch than the node that it comes to.</summary>
public sealed class WatcherLeadTests
{
    private static readonly Guid Own = Guid.NewGuid();
    private static readonly Guid Other = Guid.NewGuid();

    private LivePositions _told = LivePositions.Of(Own, 10).With(Other, 50);

    [Fact]
    public void What_it_has_is_not_sent_again_and_what_follows_is()
    {
        var lead = new WatcherLead(LivePositions.Of(Other, 53));

        Sequences(lead.Frames(Events(Other, 51, 2))).ShouldBeEmpty();
        Sequences(lead.Frames(Events(Other, 53, 3))).ShouldBe([54, 55]);
        Sequences(lead.Frames(Events(Other, 56, 1))).ShouldBe([56]);
    }

    [Fact]
    public void Its_cursor_keeps_its_place_until_the_stream_has_passed_it()
    {
        var lead = new WatcherLead(LivePositions.Of(Other, 53));

        var before = Cursor(lead.Frames(Events(Own, 11, 1)));
        var within = lead.Frames(Events(Other, 51, 4)).Single();
        var shared = Events(Own, 12, 1);
        var after = lead.Frames(shared).Single();

        before.In(Own).ShouldBe(11);
        before.In(Other).ShouldBe(53);
        Cursor([within]).In(Other).ShouldBe(54);
        after.ShouldBeSameAs(shared.Frames[0].Bytes, "then it gets what everybody gets");
    }

    [Fact]
    public void A_place_in_an_epoch_that_is_not_known_here_stays_in_its_cursor()
    {
        var unknown = Guid.NewGuid();
        var lead = new WatcherLead(LivePositions.Of(unknown, 7));

        var cursor = Cursor(lead.Frames(Events(Own, 11, 1)));

        cursor.In(unknown).ShouldBe(7);
        cursor.In(Other).ShouldBe(50);
    }

    [Fact]
    public void A_gap_is_told_as_far_as_it_is_one_for_this_watcher()
    {
        var lead = new WatcherLead(LivePositions.Of(Other, 53));

        lead.Frames(Gap(51, 53)).ShouldBeEmpty();
        var told = JsonDocument.Parse(new WatcherLead(LivePositions.Of(Other, 53)).Frames(Gap(51, 60)).Single()).RootElement[1];

        (told.GetProperty("from").GetInt64(), told.GetProperty("to").GetInt64()).ShouldBe((54, 60));
    }

    [Fact]
    public void Frames_of_a_long_batch_have_each_the_cursor_behind_it()
    {
        var frames = new WatcherLead(LivePositions.Of(Other, 60)).Frames(Events(Own, 11, PublishedEvents.EventsPerFrame + 1)).ToArray();

        frames.Select(frame => Cursor([frame]).In(Own)).ShouldBe([10 + PublishedEvents.EventsPerFrame, 11 + PublishedEvents.EventsPerFrame]);
        frames.ShouldAllBe(frame => Cursor(new[] { frame }).In(Other) == 60);
    }

    private EventsUpdate Events(Guid epoch, int first, int count)
    {
        _told = _told.With(epoch, first + count - 1);
        return new EventsUpdate(Some.Published(first, count, epoch), _told);
    }

    private GapUpdate Gap(long from, long to) => new(Other, from, to, _told.With(Other, to));

    private static long[] Sequences(IEnumerable<byte[]> frames) =>
        frames.SelectMany(frame => JsonDocument.Parse(frame).RootElement[2].EnumerateArray().Select(item => item.GetProperty("sequence_id").GetInt64())).ToArray();

    private static LivePositions Cursor(IEnumerable<byte[]> frames)
    {
        LiveCursor.TryDecode(JsonDocument.Parse(frames.Single()).RootElement[1].GetString()!, out var positions).ShouldBeTrue();
        return positions;
    }
}
