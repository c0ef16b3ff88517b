using Holdfast.BuiltIn.Rooms;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn.Rooms;

/// <summary>States, delays and when to give up.</summary>
public sealed class RoomCourseTests
{
    private readonly ManualTimeProvider _time = new(Some.Instant);

    [Fact]
    public void The_delays_double_from_two_seconds_to_five_minutes()
    {
        var course = Course(random: 0.5);

        var delays = Enumerable.Range(0, 10).Select(_ => Fail(course).TotalSeconds);

        delays.ShouldBe([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    [Fact]
    public void Every_delay_is_within_a_quarter_of_its_step_and_never_above_the_cap()
    {
        var random = new Random(4711);
        var course = Course(random.NextDouble);

        for (var n = 0; n < 5_000; n++)
        {
            var step = Math.Min(2 * Math.Pow(2, Math.Min(n, 60)), 300);
            var delay = Fail(course).TotalSeconds;

            delay.ShouldBeInRange(step * 0.75 - 1e-6, Math.Min(step * 1.25, 300) + 1e-6, $"after failure {n}");
        }
    }

    [Fact]
    public void The_cap_comes_after_the_jitter()
    {
        var course = Course(random: 0.999_999);

        Enumerable.Range(0, 12).Select(_ => Fail(course)).ToList()[^1].ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void The_jitter_spreads_both_ways()
    {
        Fail(Course(random: 0)).ShouldBe(TimeSpan.FromSeconds(1.5));
        Fail(Course(random: 0.999_999)).TotalSeconds.ShouldBe(2.5, 0.001);
    }

    [Fact]
    public void A_room_goes_through_its_states_and_says_since_when()
    {
        var course = Course(random: 0.5);
        course.Now.State.ShouldBe(RoomState.Disconnected);

        course.Connect();
        _time.Advance(TimeSpan.FromSeconds(1));
        course.Join();
        (course.Now.State, course.Now.Since, course.Now.Attempts).ShouldBe((RoomState.Joined, Some.Instant.AddSeconds(1), 1));

        _time.Advance(TimeSpan.FromSeconds(5));
        course.Lose("It was cut.").ShouldBe(new RoomLoss(TimeSpan.FromSeconds(2), IsNews: true));
        course.Now.ShouldBe(new RoomStanding(RoomState.Waiting, Some.Instant.AddSeconds(6), 1, Some.Instant.AddSeconds(8), "It was cut.", Some.Instant.AddSeconds(6)));

        course.Stop();
        (course.Now.State, course.Now.NextAttemptAt, course.Now.LastError).ShouldBe((RoomState.Disconnected, null, "It was cut."));
    }

    [Fact]
    public void Who_stayed_in_the_room_begins_anew_and_who_was_thrown_out_at_once_does_not()
    {
        var course = Course(random: 0.5);
        Fail(course);
        Fail(course);

        course.Connect();
        course.Join();
        course.Lose("thrown out").Delay.ShouldBe(TimeSpan.FromSeconds(8));
        course.Connect();
        course.Join();
        _time.Advance(TimeSpan.FromSeconds(30));
        course.Lose("cut").Delay.ShouldBe(TimeSpan.FromSeconds(2));

        course.Now.Attempts.ShouldBe(0);
    }

    [Fact]
    public void It_is_tried_for_ever_unless_the_settings_say_otherwise()
    {
        var patient = Course(random: 0.5);
        var impatient = Course(() => 0.5, new RoomOptions { Name = "a", Url = new Uri("ws://a"), AttemptsMax = 2 });

        Enumerable.Range(0, 1_000).Select(_ => Fail(patient)).ToList()[^1].ShouldBe(TimeSpan.FromMinutes(5));
        impatient.Connect();
        impatient.Lose("one").Delay.ShouldNotBeNull();
        impatient.Connect();
        impatient.Lose("two").Delay.ShouldBeNull();

        (impatient.Now.State, impatient.Now.LastError).ShouldBe((RoomState.Disconnected, "two"));
    }

    [Fact]
    public void Only_the_first_of_many_losses_is_news()
    {
        var course = Course(random: 0.5);

        course.Connect();
        var first = course.Lose("one");
        course.Connect();
        var second = course.Lose("two");

        (first.IsNews, second.IsNews).ShouldBe((true, false));
    }

    private static TimeSpan Fail(RoomCourse course)
    {
        course.Connect();
        return course.Lose("away").Delay.ShouldNotBeNull();
    }

    private RoomCourse Course(double random) => Course(() => random);

    private RoomCourse Course(Func<double> random, RoomOptions? options = null) =>
        new(options ?? new RoomOptions { Name = "a", Url = new Uri("ws://a") }, _time, random);
}
