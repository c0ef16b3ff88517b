using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>What a process may do that cannot say any more that it lives.</summary>
public class RetryLeaseTests
{
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task A_process_keeps_its_id_while_its_lease_is_renewed()
    {
        await using var rig = new RetryRig().Start();

        await rig.PassAsync(TimeSpan.FromMinutes(1));

        rig.Store.Processes.Distinct().Count().ShouldBe(1);
        rig.Store.Processes.Count.ShouldBeInRange(8, 18);
    }

    [Fact]
    public async Task A_process_that_cannot_renew_cancels_its_handlers_records_nothing_and_goes_on_under_another_id()
    {
        var cancelled = new TaskCompletionSource();
        var away = false;
        var handler = new TrialHandler(async (context, cancellationToken) =>
        {
            if (context.Attempt == 1)
            {
                await using var registration = cancellationToken.Register(() => cancelled.TrySetResult());
                await cancelled.Task;
            }

            return RetryOutcome.Done;
        });
        await using var rig = new RetryRig(handler);
        rig.Store.Before = operation => away && operation is "renew" or "claim" && away ? TrialRetryStore.Away : null;
        rig.Start();

        var id = await rig.EnqueueAsync(new RetryDraft { OperationType = TrialHandler.Type, Timeout = TimeSpan.FromHours(1) });
        await RetryRig.UntilAsync(() => handler.Calls.Count == 1, "it is begun");
        away = true;
        await rig.PassUntilAsync(() => cancelled.Task.IsCompleted, "the handler is cancelled", renewing: false);
        var claims = rig.Store.Asked("claim");
        await rig.PassAsync(TimeSpan.FromSeconds(20), renewing: false);
        var claimsMeanwhile = rig.Store.Asked("claim") - claims;
        var statusMeanwhile = rig.StatusOf(id);
        away = false;
        await rig.PassUntilAsync(() => rig.StatusOf(id) == RetryStatus.Completed, "another attempt is done", renewing: false);

        claimsMeanwhile.ShouldBeLessThanOrEqualTo(1);
        statusMeanwhile.ShouldNotBe(RetryStatus.Completed);
        rig.Store.Acks.ShouldHaveSingleItem();
        handler.Calls.Select(call => call.Attempt).ShouldBe([1, 2]);
        rig.Store.Processes.Distinct().Count().ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_handler_that_returns_after_its_lease_has_done_nothing_that_counts()
    {
        var mayEnd = new TaskCompletionSource<RetryOutcome>();
        var away = false;
        var handler = new TrialHandler((context, _) => context.Attempt == 1 ? mayEnd.Task : new TaskCompletionSource<RetryOutcome>().Task);
        await using var rig = new RetryRig(handler);
        rig.Store.Before = operation => away && operation == "renew" ? TrialRetryStore.Away : null;
        rig.Start();

        var id = await rig.EnqueueAsync(new RetryDraft { OperationType = TrialHandler.Type, Timeout = TimeSpan.FromHours(1) });
        await RetryRig.UntilAsync(() => handler.Calls.Count == 1, "it is begun");
        away = true;
        await rig.PassUntilAsync(() => rig.Logger.All.Any(line => line.Contains("lease of this process ended", StringComparison.Ordinal)), "the lease is lost", renewing: false);
        mayEnd.SetResult(RetryOutcome.Done);
        await rig.PassAsync(TimeSpan.FromSeconds(10), renewing: false);

        rig.Store.Acks.ShouldBeEmpty();
        rig.StatusOf(id).ShouldNotBe(RetryStatus.Completed);
    }

    [Fact]
    public async Task A_store_that_is_slow_to_answer_is_asked_again_as_soon_as_any_other()
    {
        var (clock, answer) = (new ManualTimeProvider(), new TaskCompletionSource());
        await using var store = new TrialRetryStore(clock) { Gate = _ => answer.Task };
        using var lease = new RetryLease(store, new RetryEnvironment("here", () => new RetryQueueOptions(), clock, () => 0.5, new RecordingLogger<RetryEngine>()));
        using var stop = new CancellationTokenSource();

        var running = Task.Run(() => lease.RunAsync(stop.Token));
        await RetryRig.UntilAsync(() => store.Processes.Count == 1 && clock.TimersSet == 1, "it is asked");
        clock.Advance(TimeSpan.FromSeconds(3));
        answer.SetResult();
        await RetryRig.UntilAsync(() => clock.TimersSet == 2, "it has answered: one timer for the trust in it, one for the next question");
        clock.Advance(TimeSpan.FromSeconds(1));
        await RetryRig.UntilAsync(() => store.Processes.Count == 2, "it is asked again, 4 s after the first time");

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }

    [Fact]
    public async Task An_id_that_the_store_refuses_is_given_up_at_once()
    {
        await using var rig = new RetryRig().Start();
        await RetryRig.UntilAsync(() => rig.Store.Processes.Count == 1, "it has begun");
        var first = rig.Store.Processes.First();

        await rig.Store.LeaveAsync(first, CancellationToken.None); // as if it had been taken away

        await rig.PassUntilAsync(() => rig.Store.Processes.Last() != first, "it goes on under another id");
        rig.Logger.All.ShouldContain(line => line.Contains("lease of this process ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Items_of_a_claim_whose_answer_was_lost_do_not_stay_with_the_living()
    {
        var lose = true;
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler);
        rig.Store.After = operation => operation == "claim" && lose ? TrialRetryStore.Away : null;
        var id = await rig.EnqueueAsync();

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1 && rig.Store.Asked("leave") == 1, "the id leaves");
        lose = false;
        await rig.PassUntilAsync(id, RetryStatus.Completed);

        handler.Calls.ShouldHaveSingleItem().Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_executed_under_an_id_that_is_given_up_still_counts()
    {
        var mayEnd = new TaskCompletionSource<RetryOutcome>();
        var lose = false;
        var handler = new TrialHandler((context, _) => context.Target == "slow" ? mayEnd.Task : Task.FromResult(RetryOutcome.Done));
        await using var rig = new RetryRig(handler);
        rig.Store.After = operation => operation == "claim" && lose ? TrialRetryStore.Away : null;
        rig.Start();

        var slow = await rig.EnqueueAsync(new RetryDraft { OperationType = TrialHandler.Type, Target = "slow", Timeout = TimeSpan.FromHours(1) });
        await RetryRig.UntilAsync(() => handler.Calls.Count == 1, "it is begun");
        lose = true;
        var unseen = await rig.EnqueueAsync();
        await RetryRig.UntilAsync(() => rig.StatusOf(unseen) == RetryStatus.Processing, "it is handed out, and nobody knows");
        lose = false;
        await rig.PassAsync(TimeSpan.FromSeconds(30));
        var idsInUse = rig.Store.Processes.Distinct().Count();
        mayEnd.SetResult(RetryOutcome.Done);
        await rig.PassUntilAsync(slow, RetryStatus.Completed);
        await rig.PassUntilAsync(unseen, RetryStatus.Completed);

        idsInUse.ShouldBe(2);
        handler.Calls.Select(call => call.Attempt).ShouldAllBe(attempt => attempt == 1);
    }

    [Fact]
    public void A_frozen_process_sees_by_itself_that_it_is_too_late()
    {
        var clock = new ManualTimeProvider();
        var term = new LeaseTerm(Guid.NewGuid(), clock);
        var askedAt = clock.GetTimestamp();

        var held = term.Prolong(askedAt, TimeSpan.FromSeconds(12));
        clock.Advance(Trust - TimeSpan.FromMilliseconds(1));
        var stillHeld = term.Held;
        clock.Advance(TimeSpan.FromMilliseconds(1));

        (held, stillHeld, term.Held).ShouldBe((true, true, false));
        term.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void An_answer_that_comes_too_late_prolongs_nothing()
    {
        var clock = new ManualTimeProvider();
        var term = new LeaseTerm(Guid.NewGuid(), clock);
        var askedAt = clock.GetTimestamp();

        clock.Advance(Trust);

        term.Prolong(askedAt, TimeSpan.FromSeconds(12)).ShouldBeFalse();
    }
}
