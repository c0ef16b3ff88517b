using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>What is known to be away costs no attempts, and what has just come back is not overrun.</summary>
public class DestinationGateTests
{
    [Fact]
    public async Task Items_of_a_destination_that_is_away_wait_without_attempts_and_one_tries_for_all()
    {
        var up = false;
        var handler = new TrialHandler((_, _) => Task.FromResult(up ? RetryOutcome.Done : RetryOutcome.Retry("away", TimeSpan.FromSeconds(1))));
        await using var rig = new RetryRig(handler);
        rig.Options = rig.Options with { WorkerCount = 1 };
        List<Guid> ids = [];
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await rig.EnqueueAsync(new RetryDraft { OperationType = TrialHandler.Type, Target = "shop", MaxRetries = 5 }));
        }

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 20, "all were met once");
        var attemptsUntilOpen = handler.Calls.Count;
        var snoozed = rig.Store.Acks.Where(ack => ack.Kind == AckKind.Snooze).ToList();
        await rig.PassAsync(TimeSpan.FromSeconds(29));
        var attemptsWhileOpen = handler.Calls.Count - attemptsUntilOpen;
        up = true;
        await rig.PassUntilAsync(() => ids.TrueForAll(id => rig.StatusOf(id) == RetryStatus.Completed), "all are done");

        attemptsUntilOpen.ShouldBe(5);
        attemptsWhileOpen.ShouldBe(0);
        snoozed.Count.ShouldBe(15);
        snoozed.ShouldAllBe(ack => ack.Delay >= TimeSpan.FromSeconds(30));
        handler.Calls.Count.ShouldBe(25);
    }

    [Fact]
    public async Task While_half_open_one_item_tries_and_the_others_wait()
    {
        var trying = new TaskCompletionSource<RetryOutcome>();
        var handler = new TrialHandler((context, _) => context.Target == "shop" && context.Tags is ["later"] ? trying.Task : Task.FromResult(RetryOutcome.Fail("x")));
        await using var rig = new RetryRig(handler);
        rig.Start();
        await rig.EnqueueAsync(target: "shop");
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 1, "the destination is known");
        rig.Engine.Destinations.All.ShouldHaveSingleItem().Breaker.Trip(TimeSpan.FromSeconds(10), "test", "test");
        rig.Clock.Advance(TimeSpan.FromSeconds(10));

        var draft = new RetryDraft { OperationType = TrialHandler.Type, Target = "shop", Tags = ["later"] };
        await rig.Engine.Queue.EnqueueAsync([draft, draft, draft]);
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Snooze) == 2, "two are sent away");
        await RetryRig.UntilAsync(() => handler.Calls.Count(call => call.Tags is ["later"]) == 1, "one tries");
        trying.SetResult(RetryOutcome.Done);
        await rig.PassUntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Completed) == 3, "all are done");
        handler.Calls.Count(call => call.Tags is ["later"]).ShouldBe(3);
    }

    [Fact]
    public async Task Other_destinations_are_not_held_up()
    {
        var handler = new TrialHandler((context, _) => Task.FromResult(context.Target == "away" ? RetryOutcome.Retry("away") : RetryOutcome.Done));
        await using var rig = new RetryRig(handler).Start();

        for (var i = 0; i < 10; i++)
        {
            await rig.EnqueueAsync(target: "away");
        }

        var id = await rig.EnqueueAsync(target: "well");

        await rig.UntilAsync(id, RetryStatus.Completed);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_opens_nothing()
    {
        var handler = new TrialHandler(RetryOutcome.Fail("no such order"));
        await using var rig = new RetryRig(handler).Start();

        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type, Target = "shop" }, 20)]);

        await RetryRig.UntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Failed) == 20, "all were tried");
    }

    [Fact]
    public async Task Beyond_its_budget_items_of_a_destination_wait_for_their_turn_without_attempts()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler);
        rig.Options = rig.Options with { DestinationAttemptsPerSecond = 10, DestinationBurst = 20 };
        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(new RetryDraft { OperationType = TrialHandler.Type, Target = "shop" }, 50)]);

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 50, "all were met once");
        var atOnce = handler.Calls.Count;
        await rig.PassUntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Completed) == 50, "all are done");

        atOnce.ShouldBe(20);
        handler.Calls.ShouldAllBe(call => call.Attempt == 1);
    }
}
