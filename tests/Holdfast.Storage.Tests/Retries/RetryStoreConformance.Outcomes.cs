using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    private static readonly AckKind[] AckKinds = Enum.GetValues<AckKind>();

    /// <summary>Each cell of the state table: an outcome of the first, and of the last attempt of three.</summary>
    public static TheoryData<string, int> Outcomes()
    {
        var cells = new TheoryData<string, int>();
        cells.AddRange([.. AckKinds.SelectMany(kind => new[] { (kind.ToString(), 1), (kind.ToString(), 3) })]);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Status_transitions(string outcome, int attempt)
    {
        var kind = Enum.Parse<AckKind>(outcome);
        var item = await Enqueued(RetryItems.New(maxRetries: 3));
        for (var before = 1; before < attempt; before++)
        {
            await Settle(AckKind.Retry);
        }

        await Settle(kind, failure: Refused);

        var kept = await Get(item);
        kept.Status.ShouldBe(RetryTransitions.AfterAttempt(kind, attempt, 3));
        kept.Attempt.ShouldBe(RetryTransitions.RestoresAttempt(kind) ? attempt - 1 : attempt);
        kept.Holder.ShouldBeNull();
        (await Claimed()).Count.ShouldBe(kept.Status == RetryStatus.Pending ? 1 : 0);
    }

    [Fact]
    public async Task Backoff_delay_is_respected()
    {
        var item = await Enqueued(RetryItems.New());
        await Settle(AckKind.Retry, Hour * 2, Refused);

        await AdvanceAsync(Hour);
        var early = await Claim();
        await AdvanceAsync(Hour * 2);
        var late = await Claim();

        early.Items.ShouldBeEmpty();
        early.NextIn.ShouldNotBeNull().ShouldBeInRange(Hour / 2, Hour);
        late.Items.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            again => again.Id.ShouldBe(item.Id),
            again => again.Attempt.ShouldBe(2),
            again => again.LastFailure.ShouldBe(Refused));
    }

    [Fact]
    public async Task After_its_backoff_an_item_stands_where_one_that_came_then_would()
    {
        var failed = await Enqueued(RetryItems.New());
        await Settle(AckKind.Retry, Hour * 2);
        await AdvanceAsync(Hour);
        var later = await Enqueued(RetryItems.New());

        await AdvanceAsync(Hour * 2);

        (await Claimed()).ShouldBe([later.Id, failed.Id]);
    }

    [Fact]
    public async Task A_backoff_leaves_an_item_its_priority()
    {
        var low = await Enqueued(RetryItems.New(priority: -10));
        await Settle(AckKind.Retry, Hour);
        var high = await Enqueued(RetryItems.New(priority: 10));
        await Settle(AckKind.Retry, Hour);

        await AdvanceAsync(Hour * 2);

        (await Claimed()).ShouldBe([high.Id, low.Id]);
    }

    [Theory]
    [InlineData(AckKind.Snooze)]
    [InlineData(AckKind.Retry)]
    internal async Task An_item_that_is_put_off_is_due_after_its_delay(AckKind kind)
    {
        await Enqueued(RetryItems.New());

        await Settle(kind, Hour * 2);

        (await Claimed()).ShouldBeEmpty();
        await AdvanceAsync(Hour * 3);
        (await Claimed()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_item_that_was_returned_is_back_where_it_was()
    {
        var first = await Enqueued(RetryItems.New());
        await AdvanceAsync(Hour);
        var second = await Enqueued(RetryItems.New());

        await Settle(AckKind.Returned, delay: Hour * 5); // a delay means nothing here

        var again = await Claim();
        again.Items.Select(item => (item.Id, item.Attempt)).ShouldBe([(first.Id, 1), (second.Id, 1)]);
    }

    [Fact]
    public async Task Snoozing_for_ever_uses_up_no_attempt()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 1));
        for (var i = 0; i < 5; i++)
        {
            await Settle(AckKind.Snooze);
        }

        (await Get(item)).ShouldSatisfyAllConditions(
            kept => kept.Status.ShouldBe(RetryStatus.Pending),
            kept => kept.Attempt.ShouldBe(0));
    }

    [Fact]
    public async Task The_last_failure_is_kept_and_an_outcome_without_one_does_not_hide_it()
    {
        var item = await Enqueued(RetryItems.New());
        await Settle(AckKind.Retry, failure: Refused);
        await Settle(AckKind.Snooze);

        (await Get(item)).LastFailure.ShouldBe(Refused);
    }

    [Fact]
    public async Task A_batch_can_be_settled_in_parts_and_in_any_order()
    {
        var items = RetryItems.Several(5);
        await Enqueue(items);
        var process = await Worker();
        var claim = await Claim(process);

        var first = await Store.AckAsync(process, [Outcome(3, AckKind.Completed), Outcome(1, AckKind.Failed)], CancellationToken.None);
        var second = await Store.AckAsync(process, [Outcome(0, AckKind.Retry), Outcome(4, AckKind.GiveUp)], CancellationToken.None);

        first.Concat(second).ShouldAllBe(result => result == AckResult.Accepted);
        (await Statuses(items)).ShouldBe([RetryStatus.Pending, RetryStatus.Failed, RetryStatus.Processing, RetryStatus.Completed, RetryStatus.DeadLetter]);
        (await Store.AckAsync(process, [Outcome(2, AckKind.Completed)], CancellationToken.None)).ShouldBe([AckResult.Accepted]);

        RetryAck Outcome(int index, AckKind kind) => new(items[index].Id, claim.Token, kind, Hour);
    }

    [Fact]
    public async Task One_call_settles_items_of_several_claims()
    {
        var items = RetryItems.Several(4);
        await Enqueue(items);
        var process = await Worker();
        var acks = new List<RetryAck>();
        for (var i = 0; i < 2; i++)
        {
            var claim = await Claim(process, limit: 2);
            acks.AddRange(claim.Items.Select(item => new RetryAck(item.Id, claim.Token, AckKind.Completed)));
        }

        (await Store.AckAsync(process, acks, CancellationToken.None)).ShouldAllBe(result => result == AckResult.Accepted);

        (await Statuses(items)).ShouldAllBe(status => status == RetryStatus.Completed);
    }

    [Theory]
    [MemberData(nameof(AckKindNames))]
    public async Task An_outcome_with_an_old_token_changes_nothing(string outcome)
    {
        var kind = Enum.Parse<AckKind>(outcome);
        await Enqueued(RetryItems.New());
        var old = await Settle(AckKind.Snooze);
        var now = await Hold();
        var before = await Get(now.Id);
        var history = await History(now.Id);

        (await Ack(old, kind, Hour, Refused)).ShouldBe(AckResult.Stale);
        (await Store.AckAsync(now.Process, [old.Ack(kind)], CancellationToken.None)).ShouldBe([AckResult.Stale]);

        ShouldBeSame(await Get(now.Id), before);
        (await History(now.Id)).ShouldBe(history);
        (await Ack(now, AckKind.Completed)).ShouldBe(AckResult.Accepted);
    }

    [Theory]
    [MemberData(nameof(AckKindNames))]
    public async Task A_second_outcome_of_one_attempt_changes_nothing(string outcome)
    {
        await Enqueued(RetryItems.New());
        var held = await Settle(AckKind.Completed);
        var before = await Get(held.Id);

        (await Ack(held, Enum.Parse<AckKind>(outcome), Hour, Refused)).ShouldBe(AckResult.Stale);

        ShouldBeSame(await Get(held.Id), before);
    }

    [Fact]
    public async Task Of_two_outcomes_in_one_call_the_first_counts()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();

        var results = await Store.AckAsync(held.Process, [held.Ack(AckKind.Completed), held.Ack(AckKind.Failed)], CancellationToken.None);

        results.ShouldBe([AckResult.Accepted, AckResult.Stale]);
        (await Get(held.Id)).Status.ShouldBe(RetryStatus.Completed);
    }

    [Fact]
    public async Task A_stale_outcome_does_not_keep_its_neighbours_from_counting()
    {
        await Enqueue(RetryItems.Several(2));
        var (one, other) = (await Hold(), await Hold());
        await Store.CancelAsync(one.Id, CancellationToken.None);

        var unknown = new RetryAck(Guid.NewGuid(), other.Token, AckKind.Completed);
        var results = await Store.AckAsync(other.Process, [one.Ack(AckKind.Completed), unknown, other.Ack(AckKind.Completed)], CancellationToken.None);

        results.ShouldBe([AckResult.Stale, AckResult.Stale, AckResult.Accepted]);
    }

    [Fact]
    public async Task A_token_counts_only_from_the_process_that_has_it()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();

        (await Ack(held with { Process = await Worker() }, AckKind.Completed)).ShouldBe(AckResult.Stale);

        (await Get(held.Id)).Status.ShouldBe(RetryStatus.Processing);
    }

    public static TheoryData<string> AckKindNames() => [.. AckKinds.Select(kind => kind.ToString())];

    private async Task<IReadOnlyList<RetryStatus>> Statuses(IReadOnlyList<NewRetry> items)
    {
        var statuses = new List<RetryStatus>();
        foreach (var item in items)
        {
            statuses.Add((await Get(item)).Status);
        }

        return statuses;
    }

    private static void ShouldBeSame(RetryItem now, RetryItem before)
    {
        Text(now.What.Payload).ShouldBe(Text(before.What.Payload));
        (now with { What = before.What }).ShouldBe(before);
    }
}
