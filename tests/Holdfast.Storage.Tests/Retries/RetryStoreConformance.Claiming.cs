using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    [Fact]
    public async Task Batch_acquisition_locks_items()
    {
        var items = RetryItems.Several(5);
        await Enqueue(items);
        var (one, other) = (await Worker(), await Worker());

        var first = await Claimed(one, limit: 3);
        var second = await Claimed(other);
        var third = await Claimed(one);

        first.ShouldBe(items.Take(3).Select(item => item.Id));
        second.ShouldBe(items.Skip(3).Select(item => item.Id));
        third.ShouldBeEmpty();
    }

    [Fact]
    public async Task Priority_ordering()
    {
        var (low, normal, high) = (RetryItems.New(priority: -10), RetryItems.New(), RetryItems.New(priority: 10));
        await Enqueue(low, normal, high);

        (await Claimed()).ShouldBe([high.Id, normal.Id, low.Id]);
    }

    [Fact]
    public async Task A_claim_counts_an_attempt_and_tells_who_has_the_item()
    {
        var item = await Enqueued(RetryItems.New());
        var process = await Worker();

        var claim = await Claim(process);

        foreach (var seen in new[] { claim.Items.ShouldHaveSingleItem(), await Get(item) })
        {
            (seen.Id, seen.Status, seen.Attempt).ShouldBe((item.Id, RetryStatus.Processing, 1));
            seen.Holder.ShouldNotBeNull().ShouldBe(new RetryHolder(claim.Token, process, seen.Holder.ClaimedAt));
            seen.Holder.ClaimedAt.ShouldBeGreaterThanOrEqualTo(seen.CreatedAt);
        }

        Text(claim.Items[0].What.Payload).ShouldBe(Text(item.Payload));
        claim.Items[0].What.Timeout.ShouldBe(item.Timeout);
    }

    [Fact]
    public async Task Each_claim_has_a_higher_token_than_all_before_it()
    {
        await Enqueue(RetryItems.Several(3));
        var first = await Claim(limit: 1);
        var second = await Claim(limit: 1);
        await ReopenAsync();

        var third = await Claim(limit: 1);

        first.Token.ShouldBeGreaterThan(0);
        second.Token.ShouldBeGreaterThan(first.Token);
        third.Token.ShouldBeGreaterThan(second.Token);
    }

    [Fact]
    public async Task An_empty_queue_hands_out_nothing()
    {
        var claim = await Claim();

        (claim.Token, claim.NextIn, claim.Solitary).ShouldBe((0, null, false));
        claim.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_item_is_not_handed_out_before_its_time_and_the_claim_says_how_long_that_is()
    {
        await Enqueue(RetryItems.New(delay: Hour * 5), RetryItems.New(delay: Hour * 2));

        var early = await Claim();
        await AdvanceAsync(Hour * 3);
        var late = await Claim();

        early.Items.ShouldBeEmpty();
        early.NextIn.ShouldNotBeNull().ShouldBeInRange(Hour * 1.5, Hour * 2);
        late.Items.Count.ShouldBe(1);
        late.NextIn.ShouldNotBeNull().ShouldBeInRange(Hour * 1.5, Hour * 2);
    }

    [Fact]
    public async Task A_full_claim_need_not_say_when_the_next_item_is_due_and_one_without_others_waiting_says_nothing()
    {
        await Enqueue(RetryItems.New(), RetryItems.New());

        (await Claim(limit: 5)).NextIn.ShouldBeNull();
    }

    [Fact]
    public async Task An_item_that_is_long_overdue_goes_before_a_higher_priority_that_came_after_the_difference()
    {
        var old = await Enqueued(RetryItems.New(priority: -10));
        await AdvanceAsync(Hour);
        var young = await Enqueued(RetryItems.New(priority: 10));

        (await Claimed()).ShouldBe([old.Id, young.Id]);
    }

    [Fact]
    public async Task Where_priority_is_strict_a_higher_one_goes_first_whenever_it_comes()
    {
        var old = await Enqueued(RetryItems.New() with { Penalty = RetryOrder.Penalty(0, strict: true) });
        await AdvanceAsync(Hour * 24);
        var young = await Enqueued(RetryItems.New(priority: 1) with { Penalty = RetryOrder.Penalty(1, strict: true) });

        (await Claimed()).ShouldBe([young.Id, old.Id]);
    }

    [Fact]
    public async Task Two_that_claim_at_the_same_time_never_get_the_same_item()
    {
        await Enqueue(RetryItems.Several(200));

        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(ClaimUntilEmpty)));

        var handedOut = claims.SelectMany(ids => ids).ToList();
        handedOut.ShouldBeUnique();
        handedOut.Count.ShouldBe(200);
    }

    private async Task<List<Guid>> ClaimUntilEmpty()
    {
        var all = new List<Guid>();
        var process = await Worker();
        while (await Claimed(process, limit: 7) is { Count: > 0 } some)
        {
            all.AddRange(some);
        }

        return all;
    }
}
