using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    [Fact]
    public async Task Items_are_listed_the_newest_first_and_page_by_page()
    {
        var items = RetryItems.Several(7);
        await Enqueue(items);
        await Settle(AckKind.Completed);
        await Hold();

        var seen = new List<Guid>();
        Guid? before = null;
        do
        {
            var page = await List(new RetryFilter(), limit: 3, before);
            page.Items.Count.ShouldBeInRange(1, 3);
            seen.AddRange(page.Items.Select(item => item.Id));
            before = page.Next;
        }
        while (before is not null && seen.Count <= 7);

        seen.ShouldBe(items.Select(item => item.Id).Reverse());
    }

    [Fact]
    public async Task A_page_that_holds_all_has_no_next()
    {
        await Enqueue(RetryItems.Several(3));

        (await List(new RetryFilter(), limit: 3)).Next.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(EachStatus))]
    public async Task Items_are_found_by_their_state(RetryStatus status)
    {
        foreach (var other in AllStatuses.Where(other => other is not (RetryStatus.Pending or RetryStatus.Processing)))
        {
            await In(other);
        }

        await In(RetryStatus.Processing);
        await In(RetryStatus.Pending);

        (await List(new RetryFilter { Status = status })).Items.ShouldHaveSingleItem().Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(RetryStatus.Pending)]
    [InlineData(RetryStatus.Processing)]
    [InlineData(RetryStatus.Completed)]
    [InlineData(RetryStatus.DeadLetter)]
    public async Task Items_are_found_by_their_exact_keys_whatever_their_state(RetryStatus status)
    {
        await In(RetryStatus.Completed, RetryItems.New() with { Target = "dbx", CorrelationId = "cx1", GroupKey = "h" });
        var item = await In(status, RetryItems.New("sql_operation") with { Target = "db%", CorrelationId = "c_1", GroupKey = "g" });

        foreach (var filter in new[]
        {
            new RetryFilter { OperationType = "sql_operation" }, new RetryFilter { Target = "db%" }, new RetryFilter { CorrelationId = "c_1" },
            new RetryFilter { GroupKey = "g" }, new RetryFilter { OperationType = "sql_operation", Target = "db%", Status = status },
        })
        {
            (await List(filter)).Items.ShouldHaveSingleItem($"{filter}").Id.ShouldBe(item.Id);
        }

        (await List(new RetryFilter { OperationType = "sql_operation", Target = "dbx" })).Items.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ORDER")]
    [InlineData("503")]
    [InlineData("Status 5")]
    public async Task Dead_letters_and_finished_items_are_found_by_text_in_payload_and_failure(string text)
    {
        var dead = await In(RetryStatus.DeadLetter);
        await Enqueued(RetryItems.New());

        (await List(new RetryFilter { Text = text })).Items.ShouldHaveSingleItem().Id.ShouldBe(dead.Id);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_rder")]
    [InlineData("nowhere")]
    public async Task A_text_is_taken_literally(string text)
    {
        await In(RetryStatus.DeadLetter);

        (await List(new RetryFilter { Text = text })).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Dead_letters_are_found_by_their_cause()
    {
        var one = await In(RetryStatus.DeadLetter);
        await Enqueued(RetryItems.New());
        await Settle(AckKind.GiveUp, failure: new RetryFailure("other", "beef"));

        (await List(new RetryFilter { Fingerprint = Refused.Fingerprint })).Items.ShouldHaveSingleItem().Id.ShouldBe(one.Id);
    }

    [Fact]
    public async Task The_history_tells_what_happened_the_oldest_first()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 2));
        var first = await Hold();
        await Ack(first, AckKind.Retry, failure: Refused, took: TimeSpan.FromMilliseconds(1_500));
        await Settle(AckKind.Snooze);
        await AdvanceAsync(Hour);
        await Crash();
        await Edit(item, version: 1);
        await Store.RequeueAsync(item.Id, CancellationToken.None);
        var last = await Hold();
        await Ack(last, AckKind.Completed, took: TimeSpan.FromSeconds(2));

        var history = await History(item.Id);

        history.Select(entry => (entry.Kind, entry.Attempt)).ShouldBe(
        [
            (RetryHistoryKind.Created, 0), (RetryHistoryKind.Retried, 1), (RetryHistoryKind.Snoozed, 2), (RetryHistoryKind.Crashed, 2),
            (RetryHistoryKind.DeadLettered, 2), (RetryHistoryKind.Edited, 2), (RetryHistoryKind.Requeued, 2), (RetryHistoryKind.Completed, 1),
        ]);
        history.Zip(history.Skip(1)).ShouldAllBe(pair => pair.First.At <= pair.Second.At);
        (history[1].Token, history[1].Process, history[1].Took, history[1].Message).ShouldBe((first.Token, first.Process, TimeSpan.FromSeconds(1.5), Refused.Message));
        (history[^1].Token, history[^1].Process, history[^1].Took, history[^1].Message).ShouldBe((last.Token, last.Process, TimeSpan.FromSeconds(2), null));
        (history[0].Token, history[0].Process, history[0].Took).ShouldBe((null, null, null));
    }

    [Theory]
    [InlineData(AckKind.GiveUp, RetryHistoryKind.DeadLettered)]
    [InlineData(AckKind.Failed, RetryHistoryKind.Failed)]
    [InlineData(AckKind.Completed, RetryHistoryKind.Completed)]
    internal async Task The_history_ends_with_the_outcome(AckKind kind, RetryHistoryKind told)
    {
        var item = await Enqueued(RetryItems.New());
        await Settle(kind, failure: Refused);

        (await History(item.Id))[^1].ShouldSatisfyAllConditions(
            last => last.Kind.ShouldBe(told),
            last => last.Attempt.ShouldBe(1),
            last => last.Message.ShouldBe(Refused.Message));
    }

    [Fact]
    public async Task The_history_tells_what_operators_did()
    {
        var item = await Enqueued(RetryItems.New());
        await Store.DeadLetterAsync(item.Id, "look into it", CancellationToken.None);
        await Store.CancelAsync(item.Id, CancellationToken.None);

        (await History(item.Id)).Select(entry => (entry.Kind, entry.Message)).ShouldBe(
            [(RetryHistoryKind.Created, null), (RetryHistoryKind.DeadLettered, "look into it"), (RetryHistoryKind.Cancelled, null)]);
    }

    [Fact]
    public async Task Items_are_counted_by_type_and_state()
    {
        await In(RetryStatus.Completed);
        await In(RetryStatus.Completed, RetryItems.New("sql_operation"));
        await In(RetryStatus.DeadLetter);
        await In(RetryStatus.Processing);
        await Enqueue(RetryItems.New(), RetryItems.New(delay: Hour), RetryItems.New("sql_operation"));

        (await Counts()).ShouldBe(
        [
            new RetryCount("http_callback", RetryStatus.Pending, 2), new RetryCount("http_callback", RetryStatus.Processing, 1),
            new RetryCount("http_callback", RetryStatus.Completed, 1), new RetryCount("http_callback", RetryStatus.DeadLetter, 1),
            new RetryCount("sql_operation", RetryStatus.Pending, 1), new RetryCount("sql_operation", RetryStatus.Completed, 1),
        ]);
    }

    [Fact]
    public async Task Counts_follow_an_item_through_its_states()
    {
        var item = await Enqueued(RetryItems.New());
        await Crash();
        await Settle(AckKind.Retry);
        await Settle(AckKind.GiveUp);
        await Store.RequeueAsync(item.Id, CancellationToken.None);
        var held = await Hold();
        await Store.LeaveAsync(held.Process, CancellationToken.None);
        await Store.CancelAsync(item.Id, CancellationToken.None);

        (await Counts()).ShouldBe([new RetryCount("http_callback", RetryStatus.Cancelled, 1)]);
    }

    [Fact]
    public async Task Nothing_needs_attention_in_a_queue_that_works()
    {
        await Enqueued(RetryItems.New(maxRetries: 5));
        for (var i = 0; i < 4; i++)
        {
            await Settle(AckKind.Retry); // four of five are 80 %, and not over it
        }

        (await Alerts()).ShouldBeEmpty();
        await Settle(AckKind.Completed);
        await Enqueued(RetryItems.New(maxRetries: 9));
        await Hold();

        (await Alerts()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dead_letter_needs_attention()
    {
        var item = await In(RetryStatus.DeadLetter);

        var alert = (await Alerts()).ShouldHaveSingleItem();

        (alert.Reason, alert.Item, alert.Since).ShouldBe(("Dead letter - manual intervention required", item.Id, (await Get(item)).UpdatedAt));
        alert.Detail.ShouldContain(Refused.Message);
    }

    [Fact]
    public async Task Attempts_over_four_fifths_of_the_limit_need_attention()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 6));
        for (var i = 0; i < 5; i++)
        {
            await Settle(AckKind.Retry);
        }

        var alert = (await Alerts()).ShouldHaveSingleItem();

        (alert.Reason, alert.Item).ShouldBe(("High retry count - approaching limit", item.Id));
    }

    [Fact]
    public async Task Items_of_a_process_that_is_gone_need_attention_until_they_are_rescued()
    {
        await Enqueued(RetryItems.New());
        await Hold();
        await AdvanceAsync(Lease * 2);

        var before = await Alerts();
        await Rescue();

        before.ShouldHaveSingleItem().Reason.ShouldBe("Stale lock - possible worker failure");
        (await Alerts()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_item_that_waits_for_more_than_a_day_needs_attention()
    {
        var item = await Enqueued(RetryItems.New());
        await AdvanceAsync(TimeSpan.FromHours(25));
        await Enqueued(RetryItems.New());

        var alert = (await Alerts()).ShouldHaveSingleItem();

        (alert.Reason, alert.Item).ShouldBe(("Old pending item", item.Id));
    }

    [Fact]
    public async Task Of_what_needs_attention_the_worst_comes_first_and_no_more_than_asked_for()
    {
        await Enqueued(RetryItems.New());
        await Hold();
        await AdvanceAsync(TimeSpan.FromHours(30));
        await In(RetryStatus.DeadLetter);
        await Enqueued(RetryItems.New());
        await AdvanceAsync(TimeSpan.FromHours(30));

        (await Alerts()).Select(alert => alert.Reason).ShouldBe([RetryAlertReasons.DeadLetter, RetryAlertReasons.StaleLease, RetryAlertReasons.OldPending]);
        (await Store.ReadAlertsAsync(1, CancellationToken.None)).ShouldHaveSingleItem().Reason.ShouldBe(RetryAlertReasons.DeadLetter);
    }

    [Fact]
    public async Task Dead_letters_and_failed_items_are_grouped_by_their_cause_the_largest_group_first()
    {
        var first = await In(RetryStatus.DeadLetter);
        await AdvanceAsync(Hour);
        var last = await In(RetryStatus.Failed);
        var other = await Enqueued(RetryItems.New("sql_operation"));
        await Settle(AckKind.GiveUp, failure: new RetryFailure("no table", "beef"));
        await In(RetryStatus.Completed);

        var groups = await Store.GroupAsync(new RetryFilter(), 10, CancellationToken.None);

        groups.ShouldBe(
        [
            new RetryGroup(Refused.Fingerprint, "http_callback", Refused.Message, 2, (await Get(first)).UpdatedAt, (await Get(last)).UpdatedAt, last.Id),
            new RetryGroup("beef", "sql_operation", "no table", 1, (await Get(other)).UpdatedAt, (await Get(other)).UpdatedAt, other.Id),
        ]);
        (await Store.GroupAsync(new RetryFilter { OperationType = "sql_operation" }, 10, CancellationToken.None)).ShouldBe([groups[1]]);
        (await Store.GroupAsync(new RetryFilter { Status = RetryStatus.Failed }, 10, CancellationToken.None)).ShouldHaveSingleItem().Items.ShouldBe(1);
        (await Store.GroupAsync(new RetryFilter(), 1, CancellationToken.None)).ShouldBe([groups[0]]);
    }

    private ValueTask<IReadOnlyList<RetryHistoryEntry>> History(Guid id) => Store.ReadHistoryAsync(id, CancellationToken.None);

    private ValueTask<IReadOnlyList<RetryAlert>> Alerts() => Store.ReadAlertsAsync(100, CancellationToken.None);

    private ValueTask<RetryPage> List(RetryFilter filter, int limit = 100, Guid? before = null) =>
        Store.ListAsync(new RetryQuery { Filter = filter, Limit = limit, Before = before }, CancellationToken.None);

    private async Task<IReadOnlyList<RetryCount>> Counts() =>
    [
        .. (await Store.CountAsync(CancellationToken.None)).Where(count => count.Items != 0)
            .OrderBy(count => count.OperationType, StringComparer.Ordinal).ThenBy(count => count.Status),
    ];
}
