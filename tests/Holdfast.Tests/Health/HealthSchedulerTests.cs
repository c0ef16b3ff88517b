using FsCheck;
using FsCheck.Fluent;
using Holdfast.Health;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Health;

public sealed class HealthSchedulerTests
{
    private readonly ManualTimeProvider _clock = new(Some.Instant);

    [Fact]
    public void Jitter_stays_within_a_tenth_of_the_period() => Prop.ForAll<PositiveInt, PositiveInt>((seconds, chance) =>
    {
        var period = TimeSpan.FromSeconds(seconds.Get);

        var next = HealthSchedule.Next(period, chance.Get % 1_000 / 1_000d);

        return next >= period * 0.9 && next <= period * 1.1;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nobody_waits_for_the_first_result_for_longer_than_a_second() =>
        HealthSchedule.First(TimeSpan.FromHours(1), needsOther: false, chance: 0.999).ShouldBeLessThan(TimeSpan.FromSeconds(1));

    [Fact]
    public async Task One_that_hangs_keeps_no_other_from_being_run()
    {
        var (hanging, other, end) = (new TrialCheck { Until = new TaskCompletionSource().Task }, new TrialCheck(), new CancellationTokenSource());
        var board = new HealthBoard([new CheckPlan("hanging", hanging), new CheckPlan("other", other)], new HealthMemory(), _clock);
        var scheduler = Scheduler(board, new HealthOptions());

        var running = scheduler.RunAsync(end.Token);
        await AdvanceUntilAsync(() => other.Runs >= 5 && board.Find("hanging")!.State == HealthState.Fail);

        hanging.Runs.ShouldBe(1);
        board.Find("other")!.State.ShouldBe(HealthState.Pass);
        await EndAsync(running, end);
    }

    [Fact]
    public async Task One_that_needs_another_is_not_run_while_that_one_fails_and_nothing_is_concluded_of_it()
    {
        var (storage, lease, end) = (new TrialCheck { Finds = HealthState.Fail }, new TrialCheck(), new CancellationTokenSource());
        var board = new HealthBoard([new CheckPlan("storage", storage), new CheckPlan("lease", lease) { Needs = "storage", Period = TimeSpan.FromSeconds(60) }], new HealthMemory(), _clock);
        var scheduler = Scheduler(board, new HealthOptions());

        var running = scheduler.RunAsync(end.Token);
        await AdvanceUntilAsync(() => board.Find("lease")!.Detail is not null);

        board.Find("lease")!.State.ShouldBe(HealthState.Unknown);
        board.Find("lease")!.Detail.ShouldBe("It is not run while storage fails.");
        await EndAsync(running, end);
    }

    [Fact]
    public async Task What_the_settings_leave_out_is_not_run_and_what_they_say_of_periods_holds()
    {
        var (left, often, end) = (new TrialCheck(), new TrialCheck(), new CancellationTokenSource());
        var board = new HealthBoard([new CheckPlan("left", left), new CheckPlan("often", often) { Period = TimeSpan.FromHours(1) }], new HealthMemory(), _clock);
        var settings = new Dictionary<string, CheckSetting> { ["left"] = new(Enabled: false), ["often"] = new(Period: TimeSpan.FromSeconds(2)) };
        var scheduler = Scheduler(board, new HealthOptions { Checks = settings });

        var running = scheduler.RunAsync(end.Token);
        await AdvanceUntilAsync(() => often.Runs >= 10);

        left.Runs.ShouldBe(0);
        board.Find("left")!.Enabled.ShouldBeFalse();
        (await scheduler.RunNowAsync("left", CancellationToken.None)).ShouldBeNull();
        (_clock.GetUtcNow() - Some.Instant).ShouldBeLessThan(TimeSpan.FromMinutes(5));
        await EndAsync(running, end);
    }

    private HealthScheduler Scheduler(HealthBoard board, HealthOptions options) => new(board, () => options, _clock, () => 0.5, new RecordingLogger<HealthScheduler>());

    // A check is called on another thread, so the clock is moved until what it found has arrived.
    private async Task AdvanceUntilAsync(Func<bool> arrived)
    {
        while (!arrived())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (_clock.TimersSet > 1)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(100));
            }

            await Task.Yield();
        }
    }

    private static async Task EndAsync(Task running, CancellationTokenSource end)
    {
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        end.Dispose();
    }
}
