using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    [Fact]
    public async Task A_process_without_a_lease_gets_nothing()
    {
        await Enqueued(RetryItems.New());

        var claim = await Claim(Guid.NewGuid());

        claim.Items.ShouldBeEmpty();
        claim.Token.ShouldBe(0);
    }

    [Fact]
    public async Task A_process_whose_lease_has_ended_gets_nothing_and_cannot_come_back()
    {
        await Enqueued(RetryItems.New());
        var process = await Worker();
        await AdvanceAsync(Lease * 2);

        var claimed = await Claimed(process);
        var renewed = await Renew(process);

        claimed.ShouldBeEmpty();
        renewed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_process_cannot_come_back_after_its_items_were_rescued()
    {
        await Enqueued(RetryItems.New());
        var held = await Crash();

        (await Renew(held.Process)).ShouldBeFalse();
        (await Claimed(held.Process)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lease_that_is_renewed_goes_on()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();
        for (var i = 0; i < 4; i++)
        {
            await AdvanceAsync(Lease / 2);
            (await Renew(held.Process)).ShouldBeTrue();
        }

        var rescued = await Rescue();

        rescued.ShouldBe(new RescueResult(0, 0, More: false));
        (await Ack(held, AckKind.Completed)).ShouldBe(AckResult.Accepted);
    }

    [Fact]
    public async Task The_rescue_never_looks_at_how_long_an_item_runs()
    {
        await Enqueued(RetryItems.New() with { Timeout = TimeSpan.FromSeconds(1) });
        var process = Guid.NewGuid();
        await Store.RenewAsync(process, "node", TimeSpan.FromDays(30), CancellationToken.None);
        var item = (await Claim(process)).Items.ShouldHaveSingleItem();
        await AdvanceAsync(TimeSpan.FromDays(20));

        await Rescue();

        (await Get(item.Id)).Status.ShouldBe(RetryStatus.Processing);
    }

    [Fact]
    public async Task An_item_whose_process_is_gone_goes_back_with_its_attempt_counted()
    {
        var item = await Enqueued(RetryItems.New());
        await Hold();
        await AdvanceAsync(Lease * 2);

        var rescued = await Rescue();

        rescued.ShouldBe(new RescueResult(1, 0, More: false));
        var kept = await Get(item);
        (kept.Status, kept.Attempt, kept.Crashes, kept.Holder).ShouldBe((RetryStatus.Pending, 1, 1, null));
        (await Hold()).Item.Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_lease_that_ended_keeps_its_items_until_the_rescue()
    {
        await Enqueued(RetryItems.New());
        await Hold();
        await AdvanceAsync(Lease * 2);

        (await Claimed()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_outcome_counts_after_the_lease_has_ended_as_long_as_nobody_rescued_the_item()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();
        await AdvanceAsync(Lease * 2);

        (await Ack(held, AckKind.Completed)).ShouldBe(AckResult.Accepted);

        (await Rescue()).ShouldBe(new RescueResult(0, 0, More: false));
        (await Get(held.Id)).ShouldSatisfyAllConditions(
            kept => kept.Status.ShouldBe(RetryStatus.Completed),
            kept => kept.Crashes.ShouldBe(0));
    }

    [Theory]
    [MemberData(nameof(AckKindNames))]
    public async Task An_outcome_of_a_rescued_item_is_stale(string outcome)
    {
        await Enqueued(RetryItems.New());
        var held = await Crash();
        var before = await Get(held.Id);

        (await Ack(held, Enum.Parse<AckKind>(outcome), Hour, Refused)).ShouldBe(AckResult.Stale);

        ShouldBeSame(await Get(held.Id), before);
    }

    [Fact]
    public async Task Only_items_of_processes_that_are_gone_are_rescued()
    {
        await Enqueue(RetryItems.Several(2));
        var gone = await Hold();
        await AdvanceAsync(Lease * 2);
        var alive = await Hold();

        await Rescue();

        (await Get(gone.Id)).Status.ShouldBe(RetryStatus.Pending);
        (await Get(alive.Id)).Status.ShouldBe(RetryStatus.Processing);
    }

    [Fact]
    public async Task The_rescue_goes_in_steps_and_says_when_there_is_more()
    {
        await Enqueue(RetryItems.Several(25));
        await Claim(limit: 25);
        await AdvanceAsync(Lease * 2);

        var steps = new List<RescueResult>();
        do
        {
            steps.Add(await Rescue(limit: 10));
        }
        while (steps[^1].More && steps.Count < 10);

        steps.Sum(step => step.Rescued).ShouldBe(25);
        steps.Count.ShouldBeInRange(3, 4); // more than one step, and one too many at most
        (await Claimed(limit: 50)).Count.ShouldBe(25);
    }

    [Fact]
    public async Task An_item_that_cost_two_workers_is_executed_alone()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 9));
        await Crash();
        var afterOne = (await Claim(limit: 1)).Items.ShouldHaveSingleItem();
        await AdvanceAsync(Lease * 2);
        await Rescue();
        var other = await Enqueued(RetryItems.New());

        var together = await Claim();
        var alone = await Claim(alone: true);

        afterOne.Id.ShouldBe(item.Id);
        together.Items.Select(claimed => claimed.Id).ShouldBe([other.Id]);
        together.Solitary.ShouldBeTrue();
        alone.Items.Select(claimed => (claimed.Id, claimed.Crashes)).ShouldBe([(item.Id, 2)]);
        (await Claim()).Solitary.ShouldBeFalse();
    }

    [Fact]
    public async Task One_item_at_a_time_is_executed_alone()
    {
        await Enqueue(RetryItems.New(maxRetries: 9), RetryItems.New(maxRetries: 9));
        for (var i = 0; i < 2; i++)
        {
            await Claim();
            await AdvanceAsync(Lease * 2);
            await Rescue();
        }

        (await Claim(alone: true)).Items.Count.ShouldBe(1);
        (await Claim()).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Asking_for_items_to_be_executed_alone_gets_no_other()
    {
        await Enqueued(RetryItems.New());

        (await Claim(alone: true)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_item_that_cost_three_workers_is_a_dead_letter_as_poison()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 9));
        await Crash();
        await Crash();
        await Hold(alone: true);
        await AdvanceAsync(Lease * 2);

        var rescued = await Rescue();

        rescued.ShouldBe(new RescueResult(0, 1, More: false));
        var kept = await Get(item);
        (kept.Status, kept.Attempt, kept.Crashes).ShouldBe((RetryStatus.DeadLetter, 3, 3));
        kept.LastFailure.ShouldBe(new RetryFailure("poison", "poison"));
        (await History(item.Id))[^1].ShouldSatisfyAllConditions(
            last => last.Kind.ShouldBe(RetryHistoryKind.DeadLettered),
            last => last.Message.ShouldBe("poison"));
    }

    [Fact]
    public async Task A_last_attempt_that_ended_with_its_worker_makes_a_dead_letter()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 1));
        await Hold();
        await AdvanceAsync(Lease * 2);

        (await Rescue()).ShouldBe(new RescueResult(0, 1, More: false));

        var kept = await Get(item);
        (kept.Status, kept.LastFailure?.Message).ShouldBe((RetryStatus.DeadLetter, RetryTransitions.WorkerLost));
    }

    [Fact]
    public async Task A_process_that_leaves_gives_back_what_it_holds_as_if_it_had_never_had_it()
    {
        var items = RetryItems.Several(3);
        await Enqueue(items);
        var process = await Worker();
        var claim = await Claim(process);
        await Store.AckAsync(process, [new RetryAck(items[0].Id, claim.Token, AckKind.Completed)], CancellationToken.None);
        var elsewhere = await Hold(await Enqueued(RetryItems.New()));

        var returned = await Store.LeaveAsync(process, CancellationToken.None);

        returned.ShouldBe(2);
        (await Get(items[1])).ShouldSatisfyAllConditions(
            kept => kept.Status.ShouldBe(RetryStatus.Pending),
            kept => (kept.Attempt, kept.Crashes).ShouldBe((0, 0)),
            kept => kept.Holder.ShouldBeNull());
        (await History(items[1].Id)).Select(entry => entry.Kind).ShouldBe([RetryHistoryKind.Created]);
        (await Claimed()).ShouldBe([items[1].Id, items[2].Id]);
        (await Get(elsewhere.Id)).Status.ShouldBe(RetryStatus.Processing);
    }

    [Fact]
    public async Task A_process_that_left_is_gone()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();

        await Store.LeaveAsync(held.Process, CancellationToken.None);

        (await Ack(held, AckKind.Completed)).ShouldBe(AckResult.Stale);
        (await Renew(held.Process)).ShouldBeFalse();
        (await Claimed(held.Process)).ShouldBeEmpty();
        (await Store.LeaveAsync(held.Process, CancellationToken.None)).ShouldBe(0);
    }

    private ValueTask<bool> Renew(Guid process) => Store.RenewAsync(process, "node", Lease, CancellationToken.None);

    private async Task<Held> Hold(NewRetry item)
    {
        var held = await Hold();
        held.Id.ShouldBe(item.Id);
        return held;
    }
}
