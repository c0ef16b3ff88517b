using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>How items come to the workers, and what handlers can do to them.</summary>
public class RetryWorkersTests
{
    [Fact]
    public async Task No_more_are_executed_at_one_time_than_there_are_workers_and_all_are_used()
    {
        using var mayEnd = new SemaphoreSlim(0);
        var handler = new TrialHandler(async (_, cancellationToken) =>
        {
            await mayEnd.WaitAsync(cancellationToken);
            return RetryOutcome.Done;
        });
        await using var rig = new RetryRig(handler).Start();

        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type }, 20)]);
        await RetryRig.UntilAsync(() => handler.Calls.Count == 3, "three are begun");
        mayEnd.Release(20);
        await rig.PassUntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Completed) == 20, "all are done");

        handler.RunningMost.ShouldBe(3);
    }

    [Fact]
    public async Task A_full_claim_is_followed_by_the_next_at_once_and_nothing_is_asked_for_beyond_need()
    {
        await using var rig = new RetryRig(new TrialHandler());
        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type }, 100)]);
        rig.Options = rig.Options with { DestinationAttemptsPerSecond = 0 };

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 100, "all are done, without a clock that moves");

        rig.Store.Sizes.Where(size => size.Operation == "claim").ShouldAllBe(size => size.Size == 10);
    }

    [Fact]
    public async Task As_many_again_are_wanted_at_once_where_they_do_not_last_and_no_more_than_that()
    {
        using var mayEnd = new SemaphoreSlim(0);
        var workers = new RetryWorkers(() => 1, _ => mayEnd.WaitAsync());
        workers.Offer(Claimed(10), more: true, eager: true);
        var afterOne = workers.WhenHungryAsync(CancellationToken.None).IsCompleted;

        workers.Offer(Claimed(10), more: true, eager: true);
        var hungry = workers.WhenHungryAsync(CancellationToken.None);
        var afterTwo = hungry.IsCompleted;
        mayEnd.Release(10);
        await hungry.WaitAsync(TimeSpan.FromSeconds(30));

        (afterOne, afterTwo).ShouldBe((true, false));
        workers.Waiting.ShouldBeLessThanOrEqualTo(10);
        mayEnd.Release(10);
        await workers.WhenIdleAsync(CancellationToken.None);
    }

    [Fact]
    public async Task More_are_asked_for_where_more_workers_are_free()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Options = rig.Options with { WorkerCount = 40 };

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1, "it asks");

        rig.Store.Sizes.First(size => size.Operation == "claim").Size.ShouldBe(40);
    }

    [Fact]
    public async Task An_item_is_begun_the_moment_it_is_due()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Options = rig.Options with { PollInterval = TimeSpan.FromHours(1) };
        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1, "it has found nothing");

        var id = await rig.EnqueueAsync(new RetryDraft { OperationType = TrialHandler.Type, Delay = TimeSpan.FromSeconds(7) });
        await rig.PassAsync(TimeSpan.FromSeconds(6.5));
        var before = rig.StatusOf(id);
        rig.Clock.Advance(TimeSpan.FromSeconds(0.5));
        await rig.UntilAsync(id, RetryStatus.Completed);

        before.ShouldBe(RetryStatus.Pending);
    }

    [Fact]
    public async Task An_item_of_another_process_is_found_by_polling()
    {
        await using var rig = new RetryRig(new TrialHandler()).Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1, "it has found nothing");
        var item = RetryValidator.Check([new RetryDraft { OperationType = TrialHandler.Type }], rig.Options, rig.Clock.GetUtcNow())[0];

        await rig.Store.EnqueueAsync([item], CancellationToken.None);

        await rig.PassUntilAsync(item.Id, RetryStatus.Completed);
    }

    [Fact]
    public async Task Without_work_the_store_is_asked_less_than_twice_a_second()
    {
        await using var rig = new RetryRig(new TrialHandler()).Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1 && rig.Store.Asked("count") == 1, "it has begun");
        var before = rig.Store.AskedInAll;

        await rig.PassAsync(TimeSpan.FromMinutes(1));

        // The promise is the upper end. A loop that a busy machine has not let run finds that more time has passed, and asks less often.
        (rig.Store.AskedInAll - before).ShouldBeInRange(12, 90);
    }

    [Fact]
    public async Task Items_that_wait_here_for_a_worker_go_back_where_others_can_have_them()
    {
        var forever = new TaskCompletionSource<RetryOutcome>();
        var handler = new TrialHandler((_, cancellationToken) => forever.Task.WaitAsync(cancellationToken));
        await using var rig = new RetryRig(handler).Start();

        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type }, 10)]);
        await RetryRig.UntilAsync(() => handler.Calls.Count == 3, "three are begun");
        await rig.PassUntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Returned) >= 7, "the others are given back");

        (await rig.Store.CountAsync(CancellationToken.None)).ShouldContain(new RetryCount(TrialHandler.Type, RetryStatus.Pending, 7));
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_cancelled_and_has_failed()
    {
        await using var rig = new RetryRig(new TrialHandler(async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return RetryOutcome.Done;
        })).Start();

        var id = await rig.EnqueueAsync();
        await rig.PassUntilAsync(() => !rig.Store.Acks.IsEmpty, "the failure is recorded");

        rig.Store.Acks.ShouldHaveSingleItem().Kind.ShouldBe(AckKind.Retry);
        (await rig.ItemAsync(id)).LastFailure!.Message.ShouldBe("The attempt timed out after 30 s.");
    }

    [Fact]
    public async Task A_handler_that_ignores_its_cancellation_is_left_behind_and_its_worker_goes_on()
    {
        var stuck = new TaskCompletionSource<RetryOutcome>();
        var handler = new TrialHandler((context, _) => context.Target == "stuck" ? stuck.Task : Task.FromResult(RetryOutcome.Done));
        await using var rig = new RetryRig(handler);
        rig.Options = rig.Options with { WorkerCount = 1, BatchSize = 1 };
        rig.Start();

        var id = await rig.EnqueueAsync(target: "stuck");
        await RetryRig.UntilAsync(() => handler.Calls.Count == 1, "it hangs");
        var next = await rig.EnqueueAsync(target: "next");
        await rig.PassUntilAsync(next, RetryStatus.Completed);
        var failure = (await rig.ItemAsync(id)).LastFailure!;
        var recorded = rig.Store.Acks.Count(ack => ack.Id == id);
        stuck.SetResult(RetryOutcome.Done);
        await RetryRig.UntilAsync(() => rig.Logger.Warnings.Any(line => line.Contains("does not count", StringComparison.Ordinal)), "its late end is told");

        failure.Message.ShouldContain("left behind");
        rig.Store.Acks.Count(ack => ack.Id == id && ack.Kind == AckKind.Completed).ShouldBe(0);
        recorded.ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_handler_that_blocks_its_thread_does_not_block_its_timeout()
    {
        using var block = new ManualResetEventSlim();
        await using var rig = new RetryRig(new TrialHandler((_, _) =>
        {
            block.Wait(CancellationToken.None);
            return Task.FromResult(RetryOutcome.Done);
        })).Start();

        var id = await rig.EnqueueAsync();
        await rig.PassUntilAsync(() => !rig.Store.Acks.IsEmpty, "the failure is recorded");
        block.Set();

        rig.Store.Acks.First().Kind.ShouldBe(AckKind.Retry);
        (await rig.ItemAsync(id)).Status.ShouldBe(RetryStatus.Pending);
    }

    [Fact]
    public async Task A_handler_whose_reaction_to_its_cancellation_throws_is_no_more_than_a_failure()
    {
        await using var rig = new RetryRig(new TrialHandler(async (_, cancellationToken) =>
        {
            await using var registration = cancellationToken.Register(() => throw new InvalidDataException("No."));
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return RetryOutcome.Done;
        })).Start();

        await rig.EnqueueAsync();
        await rig.PassUntilAsync(() => !rig.Store.Acks.IsEmpty, "the failure is recorded");

        rig.Store.Acks.First().Kind.ShouldBe(AckKind.Retry);
    }

    [Fact]
    public async Task Only_so_many_are_left_behind_beyond_that_they_keep_their_workers()
    {
        var stuck = new TaskCompletionSource<RetryOutcome>();
        var handler = new TrialHandler((_, _) => stuck.Task);
        await using var rig = new RetryRig(handler);
        rig.Options = rig.Options with { WorkerCount = 4, BatchSize = 4, DestinationAttemptsPerSecond = 0, Fallback = new RetryPolicy { BreakAfterFailures = 0, MaxRetries = 1 } };
        rig.Start();

        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type }, 40)]);
        await rig.PassUntilAsync(() => handler.Calls.Count >= HandlerRunner.LeftBehindMax + 4, "all places are taken");
        await rig.PassAsync(TimeSpan.FromMinutes(2));
        var begun = handler.Calls.Count;
        stuck.SetResult(RetryOutcome.Done);
        await rig.PassUntilAsync(() => handler.Calls.Count == 40, "all go on");

        begun.ShouldBe(HandlerRunner.LeftBehindMax + 4);
    }

    [Fact]
    public async Task An_item_that_killed_two_workers_is_executed_while_nothing_else_is()
    {
        using var mayEnd = new SemaphoreSlim(0);
        var handler = new TrialHandler(async (context, cancellationToken) =>
        {
            if (context.Target != "killer")
            {
                await mayEnd.WaitAsync(cancellationToken);
            }

            return RetryOutcome.Done;
        });
        await using var rig = new RetryRig(handler);
        rig.Start();
        var others = await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type }, 3)]);
        await RetryRig.UntilAsync(() => handler.Calls.Count == 3, "all workers are busy");
        var killer = await rig.EnqueueAsync(target: "killer");
        await KillWorkersAsync(rig, 2);
        mayEnd.Release(1);
        await RetryRig.UntilAsync(() => others.Count(other => rig.StatusOf(other.Id) == RetryStatus.Completed) == 1, "one worker is free");
        await rig.PassAsync(TimeSpan.FromSeconds(10));
        var before = rig.StatusOf(killer);
        mayEnd.Release(2);
        await rig.PassUntilAsync(killer, RetryStatus.Completed);

        before.ShouldBe(RetryStatus.Pending);
        rig.Logger.Warnings.ShouldContain(line => line.Contains("executed alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_disappeared_loses_its_items_to_those_that_live()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler);
        var id = await rig.EnqueueAsync();
        var dead = Guid.CreateVersion7(rig.Clock.GetUtcNow());
        await rig.Store.RenewAsync(dead, "there", rig.Options.Lease, CancellationToken.None);
        await rig.Store.ClaimAsync(new ClaimOrder(dead, 10), CancellationToken.None);

        rig.Start();
        var began = rig.Clock.GetUtcNow();
        await rig.PassUntilAsync(id, RetryStatus.Completed);

        (rig.Clock.GetUtcNow() - began).ShouldBeLessThanOrEqualTo(rig.Options.Lease + TimeSpan.FromSeconds(3));
        handler.Calls.ShouldHaveSingleItem().Attempt.ShouldBe(2);
    }

    private static async Task KillWorkersAsync(RetryRig rig, int workers)
    {
        for (var i = 0; i < workers; i++)
        {
            var process = Guid.CreateVersion7(rig.Clock.GetUtcNow());
            await rig.Store.RenewAsync(process, "there", TimeSpan.FromSeconds(1), CancellationToken.None);
            await rig.Store.ClaimAsync(new ClaimOrder(process, 10, Alone: i >= 2), CancellationToken.None);
            rig.Clock.Advance(TimeSpan.FromSeconds(2));
            await rig.Store.RescueAsync(10, CancellationToken.None);
        }
    }

    private static ClaimedRetry[] Claimed(int count) => new ClaimedRetry[count];
}
