using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    private static readonly RetryStatus[] AllStatuses = Enum.GetValues<RetryStatus>();

    public static TheoryData<RetryStatus> EachStatus() => [.. AllStatuses];

    [Theory]
    [MemberData(nameof(EachStatus))]
    public async Task An_item_is_put_back_from_the_states_that_allow_it(RetryStatus status)
    {
        var item = await In(status);

        var change = await Store.RequeueAsync(item.Id, CancellationToken.None);

        ShouldBe(change, RetryTransitions.CanRequeue(status), status, RetryStatus.Pending);
    }

    [Theory]
    [MemberData(nameof(EachStatus))]
    public async Task An_item_is_cancelled_in_the_states_that_allow_it(RetryStatus status)
    {
        var item = await In(status);

        var change = await Store.CancelAsync(item.Id, CancellationToken.None);

        ShouldBe(change, RetryTransitions.CanCancel(status), status, RetryStatus.Cancelled);
    }

    [Theory]
    [MemberData(nameof(EachStatus))]
    public async Task An_item_is_dead_lettered_in_the_states_that_allow_it(RetryStatus status)
    {
        var item = await In(status);

        var change = await Store.DeadLetterAsync(item.Id, "look into it", CancellationToken.None);

        ShouldBe(change, RetryTransitions.CanDeadLetter(status), status, RetryStatus.DeadLetter);
    }

    [Theory]
    [MemberData(nameof(EachStatus))]
    public async Task A_payload_is_edited_in_the_states_that_allow_it(RetryStatus status)
    {
        var item = await In(status);

        var change = await Edit(item, version: 1);

        ShouldBe(change, RetryTransitions.CanEdit(status), status, status);
        var kept = await Get(item);
        Text(kept.What.Payload).ShouldBe(RetryTransitions.CanEdit(status) ? """{"order": 18}""" : Text(item.Payload));
        kept.Version.ShouldBe(RetryTransitions.CanEdit(status) ? 2 : 1);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        var id = Guid.NewGuid();
        var notFound = new RetryChange(RetryChangeResult.NotFound, null);

        (await Store.GetAsync(id, CancellationToken.None)).ShouldBeNull();
        (await History(id)).ShouldBeEmpty();
        (await Store.RequeueAsync(id, CancellationToken.None)).ShouldBe(notFound);
        (await Store.CancelAsync(id, CancellationToken.None)).ShouldBe(notFound);
        (await Store.DeadLetterAsync(id, "x", CancellationToken.None)).ShouldBe(notFound);
        (await Store.EditAsync(id, 1, "{}"u8.ToArray(), CancellationToken.None)).ShouldBe(notFound);
    }

    [Fact]
    public async Task An_item_that_is_put_back_has_all_its_attempts_again_and_is_due_at_once()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 2));
        await Edit(item, version: 1);
        await Crash();
        await Settle(AckKind.Retry, failure: Refused);
        (await Get(item)).Status.ShouldBe(RetryStatus.DeadLetter);

        var change = await Store.RequeueAsync(item.Id, CancellationToken.None);

        change.Result.ShouldBe(RetryChangeResult.Done);
        change.Item.ShouldNotBeNull().ShouldSatisfyAllConditions(
            kept => (kept.Attempt, kept.Crashes, kept.Version).ShouldBe((0, 0, 2)),
            kept => kept.LastFailure.ShouldBe(Refused));
        (await Hold()).Item.ShouldSatisfyAllConditions(
            again => (again.Id, again.Attempt).ShouldBe((item.Id, 1)),
            again => Text(again.What.Payload).ShouldBe("""{"order": 18}"""));
    }

    [Fact]
    public async Task An_item_that_is_put_back_does_not_wait_out_an_old_delay()
    {
        var item = await Enqueued(RetryItems.New(delay: Hour * 50));
        await Store.CancelAsync(item.Id, CancellationToken.None);

        await Store.RequeueAsync(item.Id, CancellationToken.None);

        (await Claimed()).ShouldBe([item.Id]);
    }

    [Theory]
    [InlineData(RetryStatus.DeadLetter)]
    [InlineData(RetryStatus.Failed)]
    [InlineData(RetryStatus.Cancelled)]
    public async Task An_item_is_not_put_back_while_another_has_its_correlation_id(RetryStatus status)
    {
        var old = await In(status, RetryItems.Correlated("order-17"));
        var fresh = await Enqueued(RetryItems.Correlated("order-17"));

        var refused = await Store.RequeueAsync(old.Id, CancellationToken.None);
        await Settle(AckKind.Completed);
        var accepted = await Store.RequeueAsync(old.Id, CancellationToken.None);

        (refused.Result, refused.Item?.Status).ShouldBe((RetryChangeResult.Duplicate, status));
        accepted.Result.ShouldBe(RetryChangeResult.Done);
        (await Get(fresh)).Status.ShouldBe(RetryStatus.Completed);
    }

    [Fact]
    public async Task An_item_that_is_put_back_holds_its_correlation_id_again()
    {
        var old = await In(RetryStatus.Failed, RetryItems.Correlated("order-17"));
        await Store.RequeueAsync(old.Id, CancellationToken.None);

        (await Enqueue(RetryItems.Correlated("order-17"))).ShouldBe([new EnqueuedRetry(old.Id, EnqueueStatus.Duplicate)]);
    }

    [Fact]
    public async Task The_outcome_of_an_item_that_was_cancelled_meanwhile_is_stale()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();

        await Store.CancelAsync(held.Id, CancellationToken.None);

        (await Ack(held, AckKind.Completed)).ShouldBe(AckResult.Stale);
        (await Get(held.Id)).Status.ShouldBe(RetryStatus.Cancelled);
    }

    [Fact]
    public async Task The_outcome_of_an_item_that_was_put_back_meanwhile_is_stale()
    {
        await Enqueued(RetryItems.New());
        var held = await Hold();
        await Store.DeadLetterAsync(held.Id, "look into it", CancellationToken.None);
        await Store.RequeueAsync(held.Id, CancellationToken.None);

        (await Ack(held, AckKind.Completed)).ShouldBe(AckResult.Stale);

        (await Claimed()).ShouldBe([held.Id]);
    }

    [Fact]
    public async Task Taking_one_item_from_a_batch_leaves_the_others_with_their_worker()
    {
        var items = RetryItems.Several(3);
        await Enqueue(items);
        var process = await Worker();
        var claim = await Claim(process);

        await Store.CancelAsync(items[1].Id, CancellationToken.None);

        var results = await Store.AckAsync(process, [.. items.Select(item => new RetryAck(item.Id, claim.Token, AckKind.Completed))], CancellationToken.None);
        results.ShouldBe([AckResult.Accepted, AckResult.Stale, AckResult.Accepted]);
    }

    [Fact]
    public async Task A_cancelled_item_is_not_handed_out()
    {
        var item = await Enqueued(RetryItems.New());

        await Store.CancelAsync(item.Id, CancellationToken.None);

        (await Claimed()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_that_edit_the_same_text_the_second_is_told()
    {
        var item = await In(RetryStatus.DeadLetter);

        var first = await Edit(item, version: 1);
        var second = await Store.EditAsync(item.Id, 1, """{"order": 99}"""u8.ToArray(), CancellationToken.None);

        (first.Result, first.Item?.Version).ShouldBe((RetryChangeResult.Done, 2));
        (second.Result, second.Item?.Version).ShouldBe((RetryChangeResult.Changed, 2));
        Text((await Get(item)).What.Payload).ShouldBe("""{"order": 18}""");
    }

    [Fact]
    public async Task An_edited_payload_is_what_the_worker_gets()
    {
        var item = await Enqueued(RetryItems.New());

        await Edit(item, version: 1);

        Text((await Hold()).Item.What.Payload).ShouldBe("""{"order": 18}""");
    }

    private ValueTask<RetryChange> Edit(NewRetry item, int version) =>
        Store.EditAsync(item.Id, version, """{"order": 18}"""u8.ToArray(), CancellationToken.None);

    private static void ShouldBe(RetryChange change, bool isAllowed, RetryStatus before, RetryStatus after) =>
        (change.Result, change.Item?.Status).ShouldBe(isAllowed ? (RetryChangeResult.Done, after) : (RetryChangeResult.WrongState, before));
}
