using FsCheck;
using FsCheck.Fluent;
using Holdfast.Health;

namespace Holdfast.Tests.Health;

public sealed class CheckJudgeTests
{
    [Fact]
    public void The_first_good_result_is_believed_at_once() => After("p").State.ShouldBe(HealthState.Pass);

    [Theory]
    [InlineData("ff", "unknown")]
    [InlineData("fff", "fail")]
    [InlineData("pff", "pass")]
    [InlineData("pfff", "fail")]
    [InlineData("pwff", "warn")]
    [InlineData("pwfff", "fail")]
    [InlineData("pfpfpf", "pass")]
    public void Three_bad_results_in_a_row_make_it_worse_as_bad_as_the_best_of_them(string results, string state) =>
        HealthStates.NameOf(Steady(results)).ShouldBe(state);

    [Theory]
    [InlineData("fffpppp", "fail")]
    [InlineData("fffppppp", "pass")]
    [InlineData("fffppwpp", "warn")]
    [InlineData("fffppppfp", "fail")]
    public void Five_good_results_in_a_row_make_it_better_as_good_as_the_worst_of_them(string results, string state) =>
        HealthStates.NameOf(Steady(results)).ShouldBe(state);

    [Fact]
    public void One_that_failed_before_has_to_recover_whatever_its_first_result_is()
    {
        var judge = new CheckJudge(HealthState.Fail);

        Take(judge, "pppp").State.ShouldBe(HealthState.Fail);

        Take(judge, "p").State.ShouldBe(HealthState.Pass);
    }

    [Fact]
    public void One_that_goes_back_and_forth_is_a_warning_although_it_never_fails_for_long_enough()
    {
        var judge = After("pfpfpf");

        judge.IsFlapping.ShouldBeTrue();
        judge.State.ShouldBe(HealthState.Warn);
        Take(judge, new string('p', FlapScore.Window)).State.ShouldBe(HealthState.Pass);
    }

    [Fact]
    public void The_last_results_are_kept_as_they_were_found_the_oldest_first()
    {
        After("pwf").Results.ShouldBe([HealthState.Pass, HealthState.Warn, HealthState.Fail]);

        After($"f{new string('p', FlapScore.Window)}").Results.ShouldBe(Enumerable.Repeat(HealthState.Pass, FlapScore.Window));
    }

    [Fact]
    public void Results_from_before_an_interruption_do_not_count_with_those_after_it()
    {
        var judge = After("pff");

        judge.Interrupt();

        judge.Results.ShouldBeEmpty();
        Take(judge, "f").State.ShouldBe(HealthState.Pass);
    }

    [Fact]
    public void Whatever_comes_its_steady_state_changes_only_after_three_worse_or_five_better_results() => Prop.ForAll<NonEmptyArray<PositiveInt>>(numbers =>
    {
        var results = numbers.Get.Select(number => "pwf"[number.Get % 3]).ToArray();
        var (judge, before) = (new CheckJudge(HealthState.Pass), HealthState.Pass);
        for (var i = 0; i < results.Length; i++)
        {
            judge.Take(StateOf(results[i]));

            // A warning for flapping comes and goes by its own rule.
            var now = judge.IsFlapping ? before : judge.State;
            var wanted = now > before ? CheckJudge.BadWanted : now < before ? CheckJudge.GoodWanted : 0;
            var last = results.Take(i + 1).TakeLast(wanted).Select(StateOf).ToArray();
            if (!judge.IsFlapping && last.Length < wanted)
            {
                return false;
            }

            before = judge.IsFlapping ? before : now;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    private static CheckJudge After(string results) => Take(new CheckJudge(), results);

    // Short runs with many changes also flap, which is not what these are about.
    private static HealthState Steady(string results)
    {
        var judge = After(results);
        return judge is { IsFlapping: true, State: HealthState.Warn } && !results.Contains('w', StringComparison.Ordinal) ? HealthState.Pass : judge.State;
    }

    private static CheckJudge Take(CheckJudge judge, string results)
    {
        foreach (var result in results)
        {
            judge.Take(StateOf(result));
        }

        return judge;
    }

    private static HealthState StateOf(char result) => result switch { 'p' => HealthState.Pass, 'w' => HealthState.Warn, _ => HealthState.Fail };
}
