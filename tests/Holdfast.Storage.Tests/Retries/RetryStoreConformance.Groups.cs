using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    [Fact]
    public async Task Of_a_group_only_the_head_is_handed_out()
    {
        var group = await Group(3);
        var other = await Enqueued(RetryItems.InGroup("other"));
        var free = await Enqueued(RetryItems.New());

        var claimed = await Claimed();

        claimed.ShouldBe([group[0].Id, other.Id, free.Id], ignoreOrder: true);
        (await Claimed()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_group_goes_in_the_order_in_which_it_came_whatever_the_priorities()
    {
        var group = new[] { RetryItems.InGroup("g", priority: -10), RetryItems.InGroup("g", priority: 10), RetryItems.InGroup("g", priority: 0) };
        await Enqueue(group);

        var order = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            order.Add((await Settle(AckKind.Completed)).Id);
        }

        order.ShouldBe(group.Select(item => item.Id));
    }

    [Fact]
    public async Task A_head_that_is_not_due_yet_holds_up_its_group()
    {
        var head = await Enqueued(RetryItems.InGroup("g", delay: Hour * 2));
        await Enqueued(RetryItems.InGroup("g"));

        var early = await Claim();
        await AdvanceAsync(Hour * 3);

        early.Items.ShouldBeEmpty();
        early.NextIn.ShouldNotBeNull().ShouldBeInRange(Hour * 1.5, Hour * 2);
        (await Claimed()).ShouldBe([head.Id]);
    }

    [Theory]
    [InlineData(AckKind.Retry)]
    [InlineData(AckKind.Snooze)]
    internal async Task A_head_in_backoff_holds_up_its_group(AckKind kind)
    {
        var group = await Group(2);

        await Settle(kind, Hour * 2);

        (await Claimed()).ShouldBeEmpty();
        await AdvanceAsync(Hour * 3);
        (await Claimed()).ShouldBe([group[0].Id]);
    }

    [Fact]
    public async Task A_head_that_became_a_dead_letter_holds_up_its_group_until_somebody_decides()
    {
        var group = await Group(2);
        await Settle(AckKind.GiveUp);

        (await Claimed()).ShouldBeEmpty();
        (await Get(group[1])).Blocked.ShouldBeTrue();

        await Store.CancelAsync(group[0].Id, CancellationToken.None);
        (await Claimed()).ShouldBe([group[1].Id]);
    }

    [Fact]
    public async Task A_head_that_an_operator_took_out_holds_up_its_group()
    {
        var group = await Group(2);

        await Store.DeadLetterAsync(group[0].Id, "look into it", CancellationToken.None);

        (await Claimed()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(AckKind.Completed)]
    [InlineData(AckKind.Failed)]
    internal async Task A_head_that_is_finished_lets_the_next_one_go(AckKind kind)
    {
        var group = await Group(3);

        await Settle(kind);

        (await Claimed()).ShouldBe([group[1].Id]);
    }

    [Theory]
    [InlineData(RetryStatus.Pending)]
    [InlineData(RetryStatus.Processing)]
    public async Task A_head_that_is_cancelled_lets_the_next_one_go(RetryStatus status)
    {
        var head = await In(status, RetryItems.InGroup("g"));
        var next = await Enqueued(RetryItems.InGroup("g"));

        await Store.CancelAsync(head.Id, CancellationToken.None);

        (await Claimed()).ShouldBe([next.Id]);
    }

    [Fact]
    public async Task An_item_behind_the_head_can_be_cancelled_without_a_gap()
    {
        var group = await Group(3);
        await Store.CancelAsync(group[1].Id, CancellationToken.None);

        await Settle(AckKind.Completed);

        (await Claimed()).ShouldBe([group[2].Id]);
    }

    [Fact]
    public async Task A_group_keeps_its_order_when_its_dead_letter_is_put_back()
    {
        var group = await Group(3);
        await Settle(AckKind.GiveUp);
        await Store.RequeueAsync(group[0].Id, CancellationToken.None);

        (await Settle(AckKind.Completed)).Id.ShouldBe(group[0].Id);
        (await Settle(AckKind.Completed)).Id.ShouldBe(group[1].Id);
        (await Settle(AckKind.Completed)).Id.ShouldBe(group[2].Id);
    }

    [Theory]
    [InlineData(RetryStatus.Failed)]
    [InlineData(RetryStatus.Cancelled)]
    public async Task An_item_that_is_put_back_has_its_old_place_in_its_group(RetryStatus status)
    {
        var first = await In(status, RetryItems.InGroup("g"));
        await Enqueue(RetryItems.InGroup("g"), RetryItems.InGroup("g"));

        await Store.RequeueAsync(first.Id, CancellationToken.None);

        (await Claimed()).ShouldBe([first.Id]);
    }

    [Fact]
    public async Task An_item_that_is_put_back_waits_for_the_one_of_its_group_that_is_being_processed()
    {
        var first = await In(RetryStatus.Cancelled, RetryItems.InGroup("g"));
        await Enqueued(RetryItems.InGroup("g"));
        var second = await Hold();

        await Store.RequeueAsync(first.Id, CancellationToken.None);
        var meanwhile = await Claimed();
        await Ack(second, AckKind.Completed);

        meanwhile.ShouldBeEmpty();
        (await Claimed()).ShouldBe([first.Id]);
    }

    [Fact]
    public async Task A_group_keeps_its_order_when_its_worker_is_lost_or_leaves()
    {
        var group = await Group(2);

        (await Crash()).Id.ShouldBe(group[0].Id);
        var held = await Hold();
        await Store.LeaveAsync(held.Process, CancellationToken.None);

        held.Id.ShouldBe(group[0].Id);
        (await Claimed()).ShouldBe([group[0].Id]);
    }

    [Fact]
    public async Task An_item_is_shown_as_blocked_while_an_earlier_one_of_its_group_is_in_the_way()
    {
        var group = await Group(2);

        var before = (await Get(group[0])).Blocked;
        var during = (await Get(group[1])).Blocked;
        await Settle(AckKind.Completed);
        var after = (await Get(group[1])).Blocked;

        (before, during, after).ShouldBe((false, true, false));
    }

    private async Task<IReadOnlyList<NewRetry>> Group(int count)
    {
        IReadOnlyList<NewRetry> group = [.. Enumerable.Range(0, count).Select(_ => RetryItems.InGroup("g"))];
        await Enqueue(group);
        return group;
    }
}
