using Holdfast.Operations;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Support;
using Some = Holdfast.Storage.Tests.Retries.RetryItems;

namespace Holdfast.Storage.Tests.Operations;

/// <summary>The worker over the reference store of the queue.</summary>
public sealed class OperationWorkerTests
{
    private readonly OperationRig _rig = new();

    [Fact]
    public async Task A_canary_goes_one_ten_a_tenth_and_the_rest_when_the_target_works()
    {
        await _rig.DeadAsync(200);
        var operation = await _rig.BeginAsync(canary: true);

        var done = await _rig.UntilAsync(operation, OperationState.Completed);

        done.Matched.ShouldBe(200);
        done.Progress.ShouldBe(new OperationProgress(200, 200, 0, 0));
        _rig.Store.Portions.Take(3).ShouldBe([1, 10, 20]);
        (await _rig.CountAsync(RetryStatus.Completed)).ShouldBe(200);
    }

    [Fact]
    public async Task It_stops_at_the_canary_when_the_target_still_fails_and_says_why()
    {
        await _rig.DeadAsync(200);
        _rig.Target = _ => AckKind.GiveUp;
        var operation = await _rig.BeginAsync(canary: true);

        var stopped = await _rig.UntilAsync(operation, OperationState.Stopped);

        stopped.Progress.ShouldBe(new OperationProgress(1, 0, 1, 0));
        stopped.Because.ShouldNotBeNull().ShouldStartWith("1 of 1 items failed again");
        stopped.EndedAt.ShouldBeNull();
        (await _rig.CountAsync(RetryStatus.DeadLetter)).ShouldBe(200);
    }

    [Fact]
    public async Task What_is_in_backoff_after_its_first_failure_stops_the_canary_too()
    {
        await _rig.DeadAsync(20);
        _rig.Target = _ => AckKind.Retry;
        var operation = await _rig.BeginAsync(canary: true);

        (await _rig.UntilAsync(operation, OperationState.Stopped)).Progress.ShouldBe(new OperationProgress(1, 0, 1, 0));
    }

    [Fact]
    public async Task It_goes_on_where_it_stopped_when_somebody_lets_it()
    {
        await _rig.DeadAsync(200);
        _rig.Target = _ => AckKind.GiveUp;
        var operation = await _rig.BeginAsync(canary: true);
        await _rig.UntilAsync(operation, OperationState.Stopped);
        _rig.Target = _ => AckKind.Completed;

        await ResumeAsync(operation);

        var done = await _rig.UntilAsync(operation, OperationState.Completed);
        done.Progress.ShouldBe(new OperationProgress(200, 199, 1, 0));
    }

    [Fact]
    public async Task It_goes_on_also_with_items_on_their_way_from_before_it_stopped()
    {
        await _rig.DeadAsync(2_000);
        var executed = 0;
        // The target breaks in the step of a tenth, most of which is in the queue then.
        _rig.Target = _ => ++executed <= 11 ? AckKind.Completed : AckKind.GiveUp;
        _rig.ExecutedPerRound = 15;
        var operation = await _rig.BeginAsync(canary: true);
        var stopped = await _rig.UntilAsync(operation, OperationState.Stopped);
        _rig.Target = _ => AckKind.Completed;

        var resumed = await ResumeAsync(operation);

        stopped.Step.ShouldBe(2);
        stopped.Progress.Waiting.ShouldBeGreaterThan(100);
        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.ShouldSatisfyAllConditions(
            progress => progress.Taken.ShouldBe(2_000),
            progress => progress.Waiting.ShouldBe(0),
            progress => progress.Failed.ShouldBe(resumed.Progress.Failed));
    }

    [Fact]
    public async Task What_came_of_the_items_is_told_also_while_nobody_moves_it_on()
    {
        await _rig.DeadAsync(3);
        _rig.Target = null;
        var operation = await _rig.BeginAsync();
        await _rig.UntilAsync(operation, now => now.AllTaken);
        await _rig.Desk.PauseAsync(operation.Id, new Act("local"), CancellationToken.None);

        _rig.Target = _ => AckKind.Completed;
        await _rig.RoundAsync();

        (await _rig.Desk.FindAsync(operation.Id, CancellationToken.None)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            now => now.State.ShouldBe(OperationState.Paused),
            now => now.Progress.ShouldBe(new OperationProgress(3, 3, 0, 0)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(11)]
    public async Task A_canary_of_fewer_items_than_its_steps_is_completed(int count)
    {
        _ = count > 0 ? await _rig.DeadAsync(count) : [];
        var operation = await _rig.BeginAsync(canary: true);

        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.ShouldBe(new OperationProgress(count, count, 0, 0));
    }

    [Fact]
    public async Task It_is_completed_when_all_are_skipped()
    {
        await _rig.DeadAsync(0);
        for (var i = 0; i < 30; i++)
        {
            await _rig.Queue.EnqueueAsync([Some.Correlated("order-17")], CancellationToken.None);
            var target = _rig.Target;
            _rig.Target = _ => AckKind.GiveUp;
            await _rig.RoundAsync();
            _rig.Target = target;
        }

        _rig.Target = null;
        await _rig.Queue.EnqueueAsync([Some.Correlated("order-17")], CancellationToken.None);
        var operation = await _rig.BeginAsync(canary: true);

        var done = await _rig.UntilAsync(operation, OperationState.Completed);

        done.Progress.ShouldBe(new OperationProgress(0, 0, 0, 30));
        _rig.Store.Portions.Count.ShouldBeLessThan(5);
    }

    [Fact]
    public async Task It_waits_for_what_comes_of_the_last_items()
    {
        await _rig.DeadAsync(3);
        _rig.Target = null;
        var operation = await _rig.BeginAsync();

        var taken = await _rig.UntilAsync(operation, now => now.AllTaken);
        for (var i = 0; i < 10; i++)
        {
            await _rig.RoundAsync();
        }

        taken.Progress.Waiting.ShouldBe(3);
        (await _rig.GetAsync(operation)).State.ShouldBe(OperationState.Running);
        _rig.Target = _ => AckKind.GiveUp;
        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.ShouldBe(new OperationProgress(3, 0, 3, 0));
    }

    [Theory]
    [InlineData(OperationKind.Discard)]
    [InlineData(OperationKind.Cancel)]
    internal async Task What_is_given_up_waits_for_nothing(OperationKind kind)
    {
        _rig.Target = null;
        _ = kind == OperationKind.Discard ? (object)await _rig.DeadAsync(1_200) : await _rig.Queue.EnqueueAsync(Some.Several(1_200), CancellationToken.None);
        var operation = await _rig.BeginAsync(kind, canary: true);

        var done = await _rig.UntilAsync(operation, OperationState.Completed);

        done.Progress.ShouldBe(new OperationProgress(1_200, 1_200, 0, 0));
        (await _rig.CountAsync(RetryStatus.Cancelled)).ShouldBe(1_200);
    }

    [Fact]
    public async Task A_rate_is_kept_whoever_wakes_the_worker()
    {
        await _rig.DeadAsync(100);
        var operation = await _rig.BeginAsync(rate: 10);
        var begun = _rig.Time.GetUtcNow();

        await _rig.UntilAsync(operation, now => now.Progress.Taken >= 10);
        for (var i = 0; i < 20; i++)
        {
            _rig.Worker.Wake();
            await _rig.Worker.RoundAsync(CancellationToken.None);
        }

        // Nothing more in the same second.
        (await _rig.GetAsync(operation)).Progress.Taken.ShouldBeLessThanOrEqualTo(20);
        await _rig.UntilAsync(operation, OperationState.Completed);
        (_rig.Time.GetUtcNow() - begun).ShouldBeInRange(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(13));
        _rig.Store.Portions.ShouldAllBe(portion => portion <= 10);
    }

    [Fact]
    public async Task One_that_waits_for_its_rate_holds_up_no_other_and_keeps_its_lease()
    {
        await _rig.DeadAsync(10);
        var slow = await _rig.BeginAsync(rate: 0.01);
        var other = await _rig.BeginAsync(OperationKind.Cancel);

        await _rig.UntilAsync(other, OperationState.Completed);
        await _rig.UntilAsync(slow, now => now.Progress.Taken == 3);

        (await _rig.Queue.Operations.LeaseAsync(Guid.NewGuid(), OperationWorker.Lease, 10, CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(OperationState.Paused)]
    [InlineData(OperationState.Cancelled)]
    internal async Task One_that_somebody_pauses_or_cancels_in_the_middle_of_a_portion_takes_no_more(OperationState state)
    {
        await _rig.DeadAsync(1_200);
        var operation = await _rig.BeginAsync();
        _rig.Store.AfterTake = () => _rig.ChangeAsync(operation, state);

        await _rig.UntilAsync(operation, state);
        for (var i = 0; i < 10; i++)
        {
            await _rig.RoundAsync();
        }

        // What was done in that portion is known all the same.
        (await _rig.GetAsync(operation)).ShouldSatisfyAllConditions(
            now => now.State.ShouldBe(state),
            now => now.Progress.Taken.ShouldBe(500));
        (await _rig.CountAsync(RetryStatus.DeadLetter)).ShouldBe(700);
    }

    [Fact]
    public async Task One_that_was_paused_goes_on_without_losing_or_doubling()
    {
        var items = await _rig.DeadAsync(1_200);
        var operation = await _rig.BeginAsync();
        _rig.Store.AfterTake = () => _rig.ChangeAsync(operation, OperationState.Paused);
        await _rig.UntilAsync(operation, OperationState.Paused);

        await _rig.ChangeAsync(operation, OperationState.Running);

        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.ShouldBe(new OperationProgress(1_200, 1_200, 0, 0));
        (await _rig.RequeuedAsync(items)).ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task It_survives_the_death_of_its_process_between_a_portion_and_its_record()
    {
        var items = await _rig.DeadAsync(1_200);
        var operation = await _rig.BeginAsync();
        await _rig.UntilAsync(operation, now => now.Matched is not null);
        _rig.Store.LosesSaves = true;
        await _rig.RoundAsync();
        _rig.Store.LosesSaves = false;
        var died = _rig.Time.GetUtcNow();
        var lost = await _rig.CountAsync(RetryStatus.DeadLetter);

        _rig.Restart();
        await _rig.RoundAsync();
        var early = await _rig.CountAsync(RetryStatus.DeadLetter);
        var done = await _rig.UntilAsync(operation, OperationState.Completed);

        (lost, early).ShouldBe((700, 700));
        done.Progress.ShouldBe(new OperationProgress(1_200, 1_200, 0, 0));
        (done.EndedAt - died).ShouldNotBeNull().ShouldBeGreaterThan(OperationWorker.Lease - TimeSpan.FromSeconds(6));
        (await _rig.RequeuedAsync(items)).ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task A_store_that_is_away_in_the_middle_costs_time_and_nothing_else()
    {
        var items = await _rig.DeadAsync(1_200);
        var operation = await _rig.BeginAsync();
        await _rig.UntilAsync(operation, now => now.Progress.Taken == 500);

        _rig.Store.IsAway = true;
        for (var i = 0; i < 10; i++)
        {
            await _rig.RoundAsync();
        }

        _rig.Store.IsAway = false;

        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.ShouldBe(new OperationProgress(1_200, 1_200, 0, 0));
        (await _rig.RequeuedAsync(items)).ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task A_filter_that_names_what_is_not_known_here_stops_it_before_it_takes_anything()
    {
        await _rig.DeadAsync(5);
        var operation = await _rig.BeginAsync(OperationKind.Discard, filter: """{"colour": "green"}""");
        var other = await _rig.BeginAsync(OperationKind.Cancel);

        var stopped = await _rig.UntilAsync(operation, OperationState.Stopped);

        stopped.Because.ShouldNotBeNull().ShouldContain("colour");
        await _rig.UntilAsync(other, OperationState.Completed);
        (await _rig.CountAsync(RetryStatus.DeadLetter)).ShouldBe(5);
    }

    [Fact]
    public async Task What_breaks_late_stops_the_rest_although_most_went_well()
    {
        await _rig.DeadAsync(6_000);
        var executed = 0;
        _rig.Target = _ => ++executed <= 4_000 ? AckKind.Completed : AckKind.GiveUp;
        var operation = await _rig.BeginAsync();

        var stopped = await _rig.UntilAsync(operation, OperationState.Stopped);

        stopped.Progress.Succeeded.ShouldBe(4_000);
        stopped.Progress.Failed.ShouldBeLessThan(2_000);
    }

    private async Task<BulkOperation> ResumeAsync(BulkOperation operation)
    {
        var change = await _rig.Desk.ResumeAsync(operation.Id, new Act("local", "the target is back"), CancellationToken.None);
        change.Done.ShouldBeTrue();
        return change.Operation.ShouldNotBeNull();
    }
}
