using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    [Fact]
    public async Task An_item_is_kept_with_everything_it_came_with()
    {
        var item = await Enqueued(RetryItems.New("sql_operation", priority: 7, maxRetries: 9, delay: Hour) with
        {
            Target = "Bücher",
            Payload = """{"sql": "ÿ ' \" 😀", "n": [1, 2.5e-7, null]}"""u8.ToArray(),
            CorrelationId = "order-17",
            IdempotencyKey = "pay-17",
            Timeout = TimeSpan.FromSeconds(90),
            Tags = ["a", "b c", "ü"],
            GroupKey = "customer-1",
            OriginalEvent = """{"event_type": "sql.error"}"""u8.ToArray(),
        });

        var kept = await Get(item);
        kept.What.ShouldBe(item with { Payload = kept.What.Payload, OriginalEvent = kept.What.OriginalEvent, Tags = kept.What.Tags, Delay = kept.What.Delay });
        Text(kept.What.Payload).ShouldBe(Text(item.Payload));
        Text(kept.What.OriginalEvent!.Value).ShouldBe(Text(item.OriginalEvent!.Value));
        kept.What.Tags.ShouldBe(item.Tags);
        (kept.RunAfter - kept.CreatedAt).ShouldBe(Hour);
        (kept.Status, kept.Attempt, kept.Crashes, kept.Version, kept.Blocked).ShouldBe((RetryStatus.Pending, 0, 0, 1, false));
        (kept.UpdatedAt, kept.LastFailure, kept.Holder).ShouldBe((kept.CreatedAt, null, null));
    }

    [Fact]
    public async Task Values_that_were_not_given_stay_absent()
    {
        var kept = (await Get(await Enqueued(RetryItems.New() with { Target = "" }))).What;

        (kept.Target, kept.CorrelationId, kept.IdempotencyKey, kept.GroupKey, kept.OriginalEvent).ShouldBe(("", null, null, null, (ReadOnlyMemory<byte>?)null));
        kept.Tags.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_to_take_in_is_no_fault() => (await Enqueue()).ShouldBeEmpty();

    [Fact]
    public async Task The_answer_has_a_line_for_each_item_in_their_order()
    {
        var known = await Enqueued(RetryItems.New());
        var items = RetryItems.Several(3);

        var answer = await Enqueue(items[0], known, items[1], items[2]);

        answer.ShouldBe(
        [
            new EnqueuedRetry(items[0].Id, EnqueueStatus.Created), new EnqueuedRetry(known.Id, EnqueueStatus.Duplicate),
            new EnqueuedRetry(items[1].Id, EnqueueStatus.Created), new EnqueuedRetry(items[2].Id, EnqueueStatus.Created),
        ]);
    }

    [Theory]
    [InlineData(RetryStatus.Pending)]
    [InlineData(RetryStatus.Processing)]
    [InlineData(RetryStatus.Completed)]
    [InlineData(RetryStatus.DeadLetter)]
    [InlineData(RetryStatus.Failed)]
    [InlineData(RetryStatus.Cancelled)]
    public async Task An_id_that_is_known_is_a_duplicate_whatever_became_of_its_item(RetryStatus status)
    {
        var item = await In(status);

        (await Enqueue(item)).ShouldBe([new EnqueuedRetry(item.Id, EnqueueStatus.Duplicate)]);

        (await Get(item)).Status.ShouldBe(status);
        (await Total()).ShouldBe(1);
    }

    [Fact]
    public async Task An_id_that_comes_twice_in_one_call_is_taken_once()
    {
        var item = RetryItems.New();

        (await Enqueue(item, item)).Select(line => line.Status).ShouldBe([EnqueueStatus.Created, EnqueueStatus.Duplicate]);

        (await Total()).ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_items_with_one_correlation_id_in_one_call_the_first_is_taken()
    {
        var (first, second) = (RetryItems.Correlated("order-17"), RetryItems.Correlated("order-17"));

        var answer = await Enqueue(first, second);

        answer.ShouldBe([new EnqueuedRetry(first.Id, EnqueueStatus.Created), new EnqueuedRetry(first.Id, EnqueueStatus.Duplicate)]);
        (await Store.GetAsync(second.Id, CancellationToken.None)).ShouldBeNull();
    }

    [Theory]
    [InlineData(RetryStatus.Pending)]
    [InlineData(RetryStatus.Processing)]
    public async Task The_correlation_id_of_an_unfinished_item_is_taken(RetryStatus status)
    {
        var item = await In(status, RetryItems.Correlated("order-17"));

        (await Enqueue(RetryItems.Correlated("order-17"))).ShouldBe([new EnqueuedRetry(item.Id, EnqueueStatus.Duplicate)]);
    }

    [Fact]
    public async Task The_correlation_id_of_an_item_in_backoff_is_taken()
    {
        var item = await Enqueued(RetryItems.Correlated("order-17"));
        await Settle(AckKind.Retry, Hour);

        (await Enqueue(RetryItems.Correlated("order-17"))).ShouldBe([new EnqueuedRetry(item.Id, EnqueueStatus.Duplicate)]);
    }

    [Theory]
    [InlineData(RetryStatus.Completed)]
    [InlineData(RetryStatus.DeadLetter)]
    [InlineData(RetryStatus.Failed)]
    [InlineData(RetryStatus.Cancelled)]
    public async Task A_correlation_id_is_free_again_when_its_item_is_out_of_the_queue(RetryStatus status)
    {
        await In(status, RetryItems.Correlated("order-17"));

        await Enqueued(RetryItems.Correlated("order-17"));

        (await Total()).ShouldBe(2);
    }

    [Fact]
    public async Task Items_without_a_correlation_id_are_not_compared()
    {
        await Enqueue(RetryItems.Several(5));

        (await Total()).ShouldBe(5);
    }

    [Fact]
    public async Task Of_producers_that_race_for_one_correlation_id_one_wins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => (await Enqueue(RetryItems.Correlated("order-17"))).Single())));

        var winner = answers.Where(answer => answer.Status == EnqueueStatus.Created).ShouldHaveSingleItem();
        answers.ShouldAllBe(answer => answer.Id == winner.Id);
    }

    private async Task<long> Total() => (await Store.CountAsync(CancellationToken.None)).Sum(count => count.Items);
}
