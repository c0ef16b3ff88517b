using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Tests.Pipeline.DeadLetters;

public class ReplayAttemptsTests
{
    [Fact]
    public void Five_attempts_take_less_than_six_hours()
    {
        var waited = ReplayAttempts.FirstDelay;
        for (var failed = 1; failed < 5; failed++)
        {
            waited += ReplayAttempts.Schedule.Next(failed, () => 0.5);
        }

        waited.ShouldBeInRange(TimeSpan.FromHours(5), TimeSpan.FromHours(6));
    }

    [Fact]
    public void The_count_never_passes_the_limit_and_a_person_raises_the_limit_by_one()
    {
        new ReplayAttempts(5, 5).WithOneMore().ShouldBe(new ReplayAttempts(5, 5));
        new ReplayAttempts(5, 5).WithRoom().WithOneMore().ShouldBe(new ReplayAttempts(6, 6));
        new ReplayAttempts(2, 5).WithRoom().WithOneMore().ShouldBe(new ReplayAttempts(3, 5));
    }

    [Fact]
    public void As_many_candidates_are_taken_as_make_up_for_the_excess()
    {
        (long, long)[] candidates = [(1, 10), (2, 10), (3, 10)];

        new DeadLetterExcess(0, 0).Take(candidates).ShouldBeEmpty();
        new DeadLetterExcess(2, 0).Take(candidates).ShouldBe([1, 2]);
        new DeadLetterExcess(0, 11).Take(candidates).ShouldBe([1, 2]);
        new DeadLetterExcess(1, 30).Take(candidates).ShouldBe([1, 2, 3]);
    }
}
