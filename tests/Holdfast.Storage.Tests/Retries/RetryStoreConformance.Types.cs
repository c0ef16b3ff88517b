using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    private static readonly string[] Own = ["charge_card", "send_letter"];

    [Fact]
    public async Task A_claim_of_some_types_leaves_items_of_others_alone()
    {
        var foreign = await Enqueued(RetryItems.New("http_callback", priority: 10));
        var own = await Enqueued(RetryItems.New("charge_card"));

        (await ClaimedOf(Own)).ShouldBe([own.Id]);
        (await ClaimedOf(Own)).ShouldBeEmpty();
        (await Get(foreign)).ShouldSatisfyAllConditions(item => item.Status.ShouldBe(RetryStatus.Pending), item => item.Attempt.ShouldBe(0));
        (await Store.ReadHistoryAsync(foreign.Id, CancellationToken.None)).Select(line => line.Kind).ShouldBe([RetryHistoryKind.Created]);
        (await ClaimedOf(["http_callback"])).ShouldBe([foreign.Id]);
    }

    [Fact]
    public async Task Several_types_are_handed_out_in_one_order()
    {
        var items = Enumerable.Range(0, 40).Select(i => RetryItems.New(i % 3 == 0 ? "http_callback" : Own[i % 2], priority: 10 - (i % 4))).ToList();
        await Enqueue(items);

        var first = await ClaimedOf(Own, limit: 15);
        var rest = await ClaimedOf(Own, limit: 100);

        var own = items.Where(item => Own.Contains(item.OperationType)).OrderByDescending(item => item.Priority).ThenBy(item => item.Id).Select(item => item.Id);
        first.Concat(rest).ShouldBe(own);
        first.Count.ShouldBe(15);
    }

    [Fact]
    public async Task An_item_is_found_behind_more_of_other_types_than_one_claim_makes_ready()
    {
        await Enqueue([.. Enumerable.Range(0, 2_500).Select(_ => RetryItems.New("http_callback", delay: Hour))]);
        var own = await Enqueued(RetryItems.New("charge_card", delay: Hour * 1.5));
        await AdvanceAsync(Hour * 2);

        var process = await Worker();
        var claim = await Claim(process, types: Own);
        for (var asked = 1; claim.Items.Count == 0 && asked < 5; asked++)
        {
            claim.NextIn.ShouldBe(TimeSpan.Zero, $"claim {asked}");
            claim = await Claim(process, types: Own);
        }

        claim.Items.ShouldHaveSingleItem().Id.ShouldBe(own.Id);
        (await Claim(process, types: Own)).NextIn.ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_type_nothing_is_handed_out()
    {
        await Enqueued(RetryItems.New());

        var claim = await Claim(types: []);

        (claim.Token, claim.Items.Count, claim.NextIn).ShouldBe((0, 0, null));
    }

    [Fact]
    public async Task Items_of_other_types_that_are_due_or_will_be_wake_nobody()
    {
        await Enqueue(RetryItems.New("http_callback"), RetryItems.New("http_callback", delay: Hour));

        var without = await Claim(types: Own);
        await Enqueued(RetryItems.New("charge_card", delay: Hour * 5));
        var with = await Claim(types: Own);

        without.NextIn.ShouldBeNull();
        with.NextIn.ShouldNotBeNull().ShouldBeInRange(Hour * 4.5, Hour * 5);
    }

    [Fact]
    public async Task The_next_item_is_due_no_later_than_said_however_many_of_other_types_are_before_it()
    {
        await Enqueue([.. Enumerable.Range(0, 1_100).Select(_ => RetryItems.New("http_callback", delay: Hour * 3))]);
        await Enqueued(RetryItems.New("charge_card", delay: Hour * 5));

        (await Claim(types: Own)).NextIn.ShouldNotBeNull().ShouldBeInRange(Hour * 2.5, Hour * 5);
    }

    [Fact]
    public async Task An_item_of_another_type_holds_up_its_group()
    {
        var head = await Enqueued(RetryItems.New("http_callback") with { GroupKey = "g" });
        var own = await Enqueued(RetryItems.New("charge_card") with { GroupKey = "g" });

        var before = await ClaimedOf(Own);
        await Settle(AckKind.Completed);

        before.ShouldBeEmpty();
        (await Get(head)).Status.ShouldBe(RetryStatus.Completed);
        (await ClaimedOf(Own)).ShouldBe([own.Id]);
    }

    [Fact]
    public async Task An_item_that_is_to_be_executed_alone_concerns_those_of_its_type()
    {
        var item = await Enqueued(RetryItems.New("http_callback", maxRetries: 9));
        await Crash();
        await Crash();

        var others = await Claim(types: Own);
        var alone = await Claim(alone: true, types: Own);
        var own = await Claim(types: ["http_callback"]);

        (others.Solitary, alone.Items.Count, own.Solitary).ShouldBe((false, 0, true));
        (await Claim(alone: true, types: ["http_callback"])).Items.ShouldHaveSingleItem().Id.ShouldBe(item.Id);
    }

    [Fact]
    public async Task Those_who_claim_different_types_at_the_same_time_get_all_of_theirs_and_nothing_else()
    {
        string[][] wanted = [["charge_card", "send_letter"], ["send_letter", "http_callback"], ["http_callback", "charge_card"], ["http_callback"]];
        await Enqueue([.. Enumerable.Range(0, 300).Select(i => RetryItems.New(i % 3 == 0 ? "http_callback" : Own[i % 2]))]);

        var claims = await Task.WhenAll(wanted.Select(types => Task.Run(() => ClaimUntilEmpty(types))));

        claims.Zip(wanted).ShouldAllBe(both => both.First.All(item => both.Second.Contains(item.What.OperationType)));
        claims.SelectMany(items => items).Select(item => item.Id).ShouldBeUnique();
        claims.Sum(items => items.Count).ShouldBe(300);
    }

    /// <summary>Until nothing is there; a claim that others were in the way of says that it is to be asked again.</summary>
    private async Task<List<RetryItem>> ClaimUntilEmpty(IReadOnlyList<string> types)
    {
        var all = new List<RetryItem>();
        var process = await Worker();
        RetryClaim claim;
        do
        {
            claim = await Claim(process, limit: 7, types: types);
            all.AddRange(claim.Items);
        }
        while (claim.Items.Count > 0 || claim.NextIn == TimeSpan.Zero);

        return all;
    }

    private async Task<IReadOnlyList<Guid>> ClaimedOf(IReadOnlyList<string> types, int limit = 10) =>
        [.. (await Claim(limit: limit, types: types)).Items.Select(item => item.Id)];
}
