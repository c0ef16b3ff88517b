using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Monitoring.Adapters;

public class MismatchBookTests
{
    private static readonly CategoryPercents Limits = new BroadcastOptions().MismatchPercentMax;

    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly MismatchBook _book;

    public MismatchBookTests() => _book = new MismatchBook(_time);

    [Theory]
    [InlineData("Critical", 100, 1, false)]
    [InlineData("Critical", 100, 2, true)]
    [InlineData("Performance", 100, 5, false)]
    [InlineData("Performance", 100, 6, true)]
    [InlineData("UserActivity", 100, 3, false)]
    [InlineData("UserActivity", 100, 4, true)]
    [InlineData("System", 100, 2, false)]
    [InlineData("System", 100, 3, true)]
    [InlineData("Debug", 100, 10, false)]
    [InlineData("Debug", 100, 11, true)]
    public void The_rate_is_counted_against_all_that_was_compared(string category, int compared, int mismatched, bool alert) =>
        Note(category, compared, mismatched).Any().ShouldBe(alert);

    [Fact]
    public void A_single_mismatch_among_few_is_no_rate() => Note("Critical", compared: 1, mismatched: 1).ShouldBeEmpty();

    [Fact]
    public void An_alert_is_raised_once_and_again_only_after_it_was_better()
    {
        var first = Note("System", 100, 10).Single();
        var still = Note("System", 100, 10);
        _time.Advance(TimeSpan.FromMinutes(2));
        var better = Note("System", 100, 0);
        var again = Note("System", 100, 20);

        (first.Percent, first.PercentMax, first.Compared).ShouldBe((10, 2, 100));
        (still.Count, better.Count, again.Count).ShouldBe((0, 0, 1));
    }

    [Fact]
    public void What_is_older_than_a_minute_does_not_count_any_more()
    {
        Note("Critical", 30, 0);
        _time.Advance(TimeSpan.FromSeconds(61));

        Note("Critical", 19, 19).ShouldBeEmpty();
    }

    [Fact]
    public void Each_mismatch_is_remembered_with_what_was_expected_and_found()
    {
        var compared = new ComparedEvents();
        compared.Add(new ComparedEvent(7, "order.failed", EventCategory.Critical, "crc32c:00000001", "crc32c:00000002", null));
        _book.Note("realtime", compared, Limits);

        var mismatch = _book.Snapshot().Recent.ShouldHaveSingleItem();
        (mismatch.At, mismatch.Adapter, mismatch.Severity).ShouldBe((Some.Instant, "realtime", "critical"));
        (mismatch.Event.SequenceId, mismatch.Event.Expected, mismatch.Event.Actual).ShouldBe((7, "crc32c:00000001", "crc32c:00000002"));
    }

    [Fact]
    public void The_last_hundred_are_remembered_and_all_are_counted()
    {
        Note("Debug", 250, 250);

        var snapshot = _book.Snapshot();
        (snapshot.Recent.Count, snapshot.Total, snapshot.LastAt).ShouldBe((MismatchBook.RecentMax, 250, Some.Instant));
    }

    private IReadOnlyList<MismatchAlert> Note(string name, int compared, int mismatched)
    {
        var category = Enum.Parse<EventCategory>(name);
        var events = new ComparedEvents();
        events.Match(category, compared - mismatched);
        for (var i = 0; i < mismatched; i++)
        {
            events.Add(new ComparedEvent(i, "a", category, "crc32c:1", null, "lost"));
        }

        return _book.Note("realtime", events, Limits);
    }
}
