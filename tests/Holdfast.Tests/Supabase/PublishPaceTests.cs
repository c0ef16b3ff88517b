using System.Net;
using Holdfast.Supabase;

namespace Holdfast.Tests.Supabase;

public class PublishPaceTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly PublishPace _pace = new(Period, () => 0.5);

    [Fact]
    public void Requests_keep_their_distance()
    {
        _pace.Delay.ShouldBe(TimeSpan.Zero);

        _pace.Note(Accepted());

        _pace.Delay.ShouldBe(Period);
    }

    [Fact]
    public void The_distance_doubles_while_the_limit_runs_short_and_comes_back()
    {
        var delays = new List<double>();
        foreach (var remaining in (double[])[19, 5, 0, 0, 0, 0, 0, 80, 80, 80, 80, 80])
        {
            _pace.Note(Accepted(remaining));
            delays.Add(_pace.Delay.TotalSeconds);
        }

        delays.ShouldBe([1, 2, 4, 8, 8, 8, 8, 4, 2, 1, 0.5, 0.5]);
    }

    [Fact]
    public void A_limit_that_is_not_short_changes_nothing()
    {
        _pace.Note(Accepted(remaining: 20));

        _pace.Delay.ShouldBe(Period);
    }

    [Fact]
    public void Throttled_it_waits_as_long_as_it_is_asked_to()
    {
        _pace.Note(Answer(HttpStatusCode.TooManyRequests, retryAfter: 7));

        _pace.Delay.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void Throttled_without_a_word_it_waits_longer_each_time()
    {
        var delays = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            _pace.Note(Answer(HttpStatusCode.TooManyRequests));
            delays.Add(_pace.Delay.TotalSeconds);
        }

        delays.ShouldBe([1, 2, 4, 8, 16, 30]);
    }

    [Fact]
    public void Nobody_is_left_alone_for_ever()
    {
        _pace.Note(Answer(HttpStatusCode.TooManyRequests, retryAfter: 86_400));

        _pace.Delay.ShouldBe(PublishPace.RetryAfterMax);
    }

    [Fact]
    public void Too_many_messages_in_one_request_are_fewer_in_the_next()
    {
        var counts = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            _pace.Note(Answer(HttpStatusCode.TooManyRequests, detail: """{"message":"Too many messages to broadcast, please reduce the batch size"}"""));
            counts.Add(_pace.Messages);
        }

        counts.ShouldBe([5, 2, 1, 1, 1]);
        _pace.Note(Accepted());
        _pace.Messages.ShouldBe(2);
    }

    [Fact]
    public void A_project_that_does_not_answer_is_asked_ever_later_and_at_once_again_when_it_does()
    {
        var delays = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            _pace.NoteFailed(retryAfter: null);
            delays.Add(_pace.Delay.TotalSeconds);
        }

        _pace.Note(Accepted());

        delays.ShouldBe([1, 2, 4, 8, 16, 30]);
        (_pace.Delay, _pace.Failures).ShouldBe((Period, 0));
    }

    [Fact]
    public void A_key_that_is_refused_is_tried_again_after_a_minute()
    {
        _pace.Note(Answer(HttpStatusCode.Unauthorized));

        (_pace.Delay, _pace.Failures).ShouldBe((PublishPace.Refused, 1));
    }

    [Fact]
    public void A_request_that_is_wrong_slows_nothing_down()
    {
        _pace.Note(Answer(HttpStatusCode.UnprocessableEntity));

        (_pace.Delay, _pace.Failures).ShouldBe((Period, 0));
    }

    [Theory]
    [InlineData(202, "accepted")]
    [InlineData(429, "throttled")]
    [InlineData(401, "refused")]
    [InlineData(403, "refused")]
    [InlineData(404, "refused")]
    [InlineData(302, "refused")]
    [InlineData(400, "rejected")]
    [InlineData(413, "rejected")]
    [InlineData(422, "rejected")]
    public void An_answer_is_one_of_four(int status, string expected)
    {
        var answer = Answer((HttpStatusCode)status);

        string[] found = [.. new[] { (answer.IsAccepted, "accepted"), (answer.IsThrottled, "throttled"), (answer.IsRefused, "refused"), (answer.IsRejected, "rejected") }.Where(one => one.Item1).Select(one => one.Item2)];
        found.ShouldBe([expected]);
    }

    private static ProjectAnswer Accepted(double remaining = 100) => Answer(HttpStatusCode.Accepted) with { Rate = new ProjectRate(100, remaining) };

    private static ProjectAnswer Answer(HttpStatusCode status, double? retryAfter = null, string detail = "") =>
        new(status, retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Rate: null, detail);
}
