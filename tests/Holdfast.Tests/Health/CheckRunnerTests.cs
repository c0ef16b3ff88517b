using Holdfast.Health;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Tests.Health;

public sealed class CheckRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _clock = new(Some.Instant);
    private readonly RecordingLogger<CheckRunner> _log = new();
    private readonly TrialCheck _check = new();

    [Fact]
    public async Task What_a_run_finds_is_told_with_its_numbers()
    {
        var runner = Runner(new Telling(new HealthCheckResult(HealthStatus.Degraded, "slow", null, new Dictionary<string, object> { ["pool"] = 12, ["name"] = "db", ["up"] = true, ["nan"] = double.NaN })));

        var found = await RunAsync(runner);

        found.State.ShouldBe(HealthState.Warn);
        found.Detail.ShouldBe("slow");
        found.Values.ShouldBe(new Dictionary<string, double> { ["pool"] = 12, ["up"] = 1 });
    }

    [Fact]
    public async Task What_is_no_number_is_passed_over_and_an_answer_that_cannot_be_read_is_a_failed_check()
    {
        var empty = Runner(new Telling(new HealthCheckResult(HealthStatus.Healthy, null, null, new Dictionary<string, object> { ["oldest"] = DBNull.Value })));
        var unreadable = Runner(new Telling(new HealthCheckResult(HealthStatus.Healthy, null, null, new Unreadable())));

        (await RunAsync(empty)).Values.ShouldBeEmpty();
        (await RunAsync(Runner(new Telling(default)))).State.ShouldBe(HealthState.Fail);
        var found = await RunAsync(unreadable);

        found.State.ShouldBe(HealthState.Fail);
        found.Detail.ShouldNotBeNull().ShouldContain("threw InvalidOperationException");
        (await RunAsync(unreadable)).State.ShouldBe(HealthState.Fail, "it is called again");
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_left_behind_and_the_check_is_not_called_again_before_it_has_ended()
    {
        var hanging = new TaskCompletionSource();
        _check.Until = hanging.Task;
        var runner = Runner(_check);

        var first = RunAsync(runner);
        await _check.Called.Task;
        _clock.Advance(Limit);
        (await first).Hung.ShouldBeTrue();
        (await RunAsync(runner)).Hung.ShouldBeTrue();
        _check.Runs.ShouldBe(1);

        hanging.SetResult();
        var again = await UntilFreeAsync(runner);

        again.State.ShouldBe(HealthState.Pass);
        _check.OneAtATime.ShouldBeTrue();
        _log.Warnings.ShouldHaveSingleItem().ShouldContain("left behind");
    }

    [Fact]
    public async Task Who_asks_during_a_run_gets_what_that_one_finds()
    {
        var slow = new TaskCompletionSource();
        _check.Until = slow.Task;
        var runner = Runner(_check);

        var first = RunAsync(runner);
        var second = RunAsync(runner);
        slow.SetResult();

        (await second).ShouldBeSameAs(await first);
        _check.Runs.ShouldBe(1);
    }

    [Fact]
    public async Task What_throws_is_bad_and_what_it_says_stays_in_the_log()
    {
        _check.Throws = new InvalidOperationException("The key is hunter2.");

        var found = await RunAsync(Runner(_check));

        found.State.ShouldBe(HealthState.Fail);
        found.Detail.ShouldNotBeNull().ShouldNotContain("hunter2");
        _log.Warnings.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task One_that_blocks_its_thread_keeps_nobody_from_going_on()
    {
        using var blocked = new ManualResetEventSlim();
        var runner = Runner(new Blocking(blocked));

        var run = RunAsync(runner);
        _clock.Advance(Limit);

        (await run).Hung.ShouldBeTrue();
        blocked.Set();
        await UntilFreeAsync(runner);
    }

    private CheckRunner Runner(IHealthCheck check) => new(new CheckPlan("trial", check), _clock, _log);

    private static Task<CheckObservation> RunAsync(CheckRunner runner) => runner.RunAsync(Limit, TestContext.Current.CancellationToken);

    private static async Task<CheckObservation> UntilFreeAsync(CheckRunner runner)
    {
        while (runner.IsBusy)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return await RunAsync(runner);
    }

    private sealed class Telling(HealthCheckResult result) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(result);
    }

    /// <summary>As a live collection is that changes while it is read.</summary>
    private sealed class Unreadable : Dictionary<string, object>, IReadOnlyDictionary<string, object>
    {
        int IReadOnlyCollection<KeyValuePair<string, object>>.Count => throw new InvalidOperationException("It has changed.");
    }

    private sealed class Blocking(ManualResetEventSlim until) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            until.Wait(CancellationToken.None);
            return Task.FromResult(HealthCheckResult.Healthy());
        }
    }
}
