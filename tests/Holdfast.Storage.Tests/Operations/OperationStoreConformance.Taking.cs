using Holdfast.Operations;
using Holdfast.Retries;
using Some = Holdfast.Storage.Tests.Retries.RetryItems;

namespace Holdfast.Storage.Tests.Operations;

public abstract partial class OperationStoreConformance
{
    private static readonly RetryStatus[] AllStatuses = Enum.GetValues<RetryStatus>();

    [Theory]
    [InlineData(OperationKind.Replay)]
    [InlineData(OperationKind.Discard)]
    [InlineData(OperationKind.Cancel)]
    internal async Task An_operation_takes_the_states_that_it_is_for(OperationKind kind)
    {
        var items = await OneInEachStatus();
        var operation = await BegunLater(kind);

        var matched = await Count(operation);
        var taken = await Take(operation);

        AllStatuses.Where(status => IsFor(kind, status)).Count().ShouldBe((int)matched);
        taken.ShouldBe(new OperationProgress(matched, kind == OperationKind.Replay ? 0 : matched, 0, 0));
        var expected = AllStatuses.Select(status => IsFor(kind, status) ? kind == OperationKind.Replay ? RetryStatus.Pending : RetryStatus.Cancelled : status);
        (await StatusesOf(items)).ShouldBe(expected);
        (await Take(operation)).ShouldBe(default);
        (await Count(operation)).ShouldBe(0);
    }

    [Theory]
    [InlineData(OperationKind.Replay)]
    [InlineData(OperationKind.Discard)]
    [InlineData(OperationKind.Cancel)]
    internal async Task What_an_operation_would_be_about_is_counted_before_it_is_written_down(OperationKind kind)
    {
        await OneInEachStatus();
        var begun = await BegunLater(kind);

        var would = await Count(New(kind) with { Cutoff = begun.Cutoff + Hour });

        would.ShouldBeGreaterThan(0);
        would.ShouldBe(await Count(begun));
    }

    [Fact]
    public async Task Each_filter_is_honoured()
    {
        var wanted = Some.New("sql_operation") with
        {
            Target = "orders",
            CorrelationId = "order-17",
            GroupKey = "customer-4",
            Payload = """{"colour": "Green"}"""u8.ToArray(),
        };
        await Settled(AckKind.GiveUp, wanted, Some.New());
        await Settled(AckKind.Failed, Some.New());
        var operation = await BegunLater();

        foreach (var filter in (RetryFilter[])[
            new() { OperationType = "sql_operation" }, new() { Target = "orders" }, new() { CorrelationId = "order-17" }, new() { GroupKey = "customer-4" }, new() { Text = "GREEN" }])
        {
            (await Count(operation, filter)).ShouldBe(1, $"{filter}");
        }

        (await Count(operation, new RetryFilter { Status = RetryStatus.DeadLetter })).ShouldBe(2);
        (await Count(operation, new RetryFilter { Status = RetryStatus.Completed })).ShouldBe(0);
        (await Count(operation, new RetryFilter { Fingerprint = Refused.Fingerprint })).ShouldBe(3);
        (await Count(operation, new RetryFilter { Fingerprint = "beef" })).ShouldBe(0);
        (await Take(operation, filter: new RetryFilter { OperationType = "sql_operation", Text = "green" })).ShouldBe(Taken(1));
        (await StatusOf(wanted)).ShouldBe(RetryStatus.Pending);
        (await Sums())[RetryStatus.DeadLetter].ShouldBe(1);
    }

    [Fact]
    public async Task Those_that_wait_are_cancelled_by_filter()
    {
        var (one, other) = (Some.New("sql_operation"), Some.New());
        await Retries.EnqueueAsync([one, other], CancellationToken.None);
        var operation = await BegunLater(OperationKind.Cancel);
        var filter = new RetryFilter { OperationType = "sql_operation" };

        (await Count(operation, filter)).ShouldBe(1);
        (await Take(operation, filter: filter)).ShouldBe(new OperationProgress(1, 1, 0, 0));
        (await Take(operation, filter: filter)).ShouldBe(default);

        (await StatusesOf([one, other])).ShouldBe([RetryStatus.Cancelled, RetryStatus.Pending]);
    }

    [Theory]
    [InlineData(OperationKind.Replay, AckKind.GiveUp)]
    [InlineData(OperationKind.Discard, AckKind.Failed)]
    internal async Task What_is_dead_lettered_after_the_cutoff_does_not_belong_to_it(OperationKind kind, AckKind how)
    {
        var operation = await BegunLater(kind);
        await Settled(how, Some.New());

        (await Count(operation)).ShouldBe(0);
        (await Take(operation)).ShouldBe(default);
    }

    [Fact]
    public async Task What_comes_after_the_cutoff_is_not_cancelled()
    {
        var early = Some.New();
        await Retries.EnqueueAsync([early], CancellationToken.None);
        var operation = await BegunLater(OperationKind.Cancel);
        var late = Some.New();
        await Retries.EnqueueAsync([late], CancellationToken.None);

        (await Take(operation)).Taken.ShouldBe(1);

        (await StatusesOf([early, late])).ShouldBe([RetryStatus.Cancelled, RetryStatus.Pending]);
    }

    [Fact]
    public async Task What_was_put_back_after_the_cutoff_is_not_cancelled_but_what_was_only_tried_since_is()
    {
        var (back, tried) = (Some.New(), Some.New());
        await Settled(AckKind.GiveUp, back);
        await Retries.EnqueueAsync([tried], CancellationToken.None);
        var operation = await BegunLater(OperationKind.Cancel);
        await Work(AckKind.Retry, delay: Hour);
        await Retries.RequeueAsync(back.Id, CancellationToken.None);

        (await Count(operation)).ShouldBe(1);
        (await Take(operation)).Taken.ShouldBe(1);

        (await StatusesOf([back, tried])).ShouldBe([RetryStatus.Pending, RetryStatus.Cancelled]);
    }

    [Fact]
    public async Task What_fails_again_is_not_taken_again()
    {
        await Dead(3);
        var operation = await BegunLater();
        (await Take(operation)).ShouldBe(Taken(3));

        (await Work(AckKind.GiveUp)).ShouldBe(3);

        (await Take(operation)).ShouldBe(default);
        (await Take(await BegunLater())).ShouldBe(Taken(3));
    }

    [Fact]
    public async Task What_somebody_edits_after_the_cutoff_is_left_to_them()
    {
        var items = await Dead(2);
        var operation = await BegunLater();
        await Retries.EditAsync(items[0].Id, 1, "{}"u8.ToArray(), CancellationToken.None);

        (await Take(operation)).ShouldBe(Taken(1));

        (await StatusesOf(items)).ShouldBe([RetryStatus.DeadLetter, RetryStatus.Pending]);
    }

    [Fact]
    public async Task Portions_follow_each_other_in_the_order_in_which_the_items_came()
    {
        var items = await Dead(5);
        var operation = await BegunLater();

        (await Take(operation, limit: 2)).ShouldBe(Taken(2));
        (await Count(operation)).ShouldBe(3);
        (await StatusesOf(items)).ShouldBe([RetryStatus.Pending, RetryStatus.Pending, RetryStatus.DeadLetter, RetryStatus.DeadLetter, RetryStatus.DeadLetter]);
        (await Take(operation, limit: 2)).ShouldBe(Taken(2));
        (await Take(operation, limit: 2)).ShouldBe(Taken(1));
        (await Take(operation, limit: 2)).ShouldBe(default);
        (await Outcomes(operation)).ShouldBe(Taken(5));
    }

    [Theory]
    [InlineData(OperationKind.Replay)]
    [InlineData(OperationKind.Discard)]
    [InlineData(OperationKind.Cancel)]
    internal async Task Nothing_is_taken_twice_after_a_restart_between_two_portions(OperationKind kind)
    {
        _ = kind == OperationKind.Cancel ? await Waiting(5) : await Dead(5);
        var operation = await BegunLater(kind);

        // The process died after the portion, before it saved the operation.
        (await Take(operation, limit: 3)).Taken.ShouldBe(3);
        await ReopenAsync();

        (await Take(await Get(operation), limit: 3)).Taken.ShouldBe(2);
        (await Take(await Get(operation), limit: 3)).ShouldBe(default);
        (await Outcomes(operation)).Taken.ShouldBe(5);
    }

    [Theory]
    [InlineData(OperationKind.Replay)]
    [InlineData(OperationKind.Cancel)]
    internal async Task Two_takers_at_once_take_everything_once(OperationKind kind)
    {
        const int Items = 200;
        var items = kind == OperationKind.Cancel ? await Waiting(Items) : await Dead(Items);
        var operation = await BegunLater(kind);

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => TakeAll(operation))));

        taken.Sum(progress => progress.Taken).ShouldBe(Items);
        taken.Sum(progress => progress.Skipped).ShouldBe(0);
        (await Outcomes(operation)).ShouldSatisfyAllConditions(known => known.Taken.ShouldBe(Items), known => known.Skipped.ShouldBe(0));
        var lines = await LinesOf(items, kind == OperationKind.Cancel ? RetryHistoryKind.Cancelled : RetryHistoryKind.Requeued);
        lines.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task Two_operations_take_an_item_once_between_them()
    {
        await Dead(4);
        var (one, other) = (await BegunLater(), await Begun());

        (await Take(one, limit: 3)).ShouldBe(Taken(3));
        (await Take(other)).ShouldBe(Taken(1));

        (await Take(one)).ShouldBe(default);
    }

    [Theory]
    [InlineData(AckKind.GiveUp)]
    [InlineData(AckKind.Failed)]
    internal async Task An_item_is_skipped_while_another_has_its_correlation_id(AckKind how)
    {
        var old = await Settled(how, Some.Correlated("order-17"));
        var free = await Settled(how, Some.New());
        await Retries.EnqueueAsync([Some.Correlated("order-17")], CancellationToken.None);
        var operation = await BegunLater();

        // What is skipped uses up nothing of the limit.
        (await Take(operation, limit: 1)).ShouldBe(new OperationProgress(1, 0, 0, 1));

        (await StatusesOf([.. old, .. free])).ShouldBe([how == AckKind.GiveUp ? RetryStatus.DeadLetter : RetryStatus.Failed, RetryStatus.Pending]);
        (await Take(operation)).ShouldBe(default);
        (await Outcomes(operation)).ShouldBe(new OperationProgress(1, 0, 0, 1));
    }

    [Fact]
    public async Task Of_two_with_one_correlation_id_the_older_is_put_back()
    {
        var older = await Settled(AckKind.GiveUp, Some.Correlated("order-17"));
        var younger = await Settled(AckKind.GiveUp, Some.Correlated("order-17"));
        var operation = await BegunLater();

        (await Take(operation)).ShouldBe(new OperationProgress(1, 0, 0, 1));

        (await StatusesOf([.. older, .. younger])).ShouldBe([RetryStatus.Pending, RetryStatus.DeadLetter]);
    }

    [Fact]
    public async Task What_is_discarded_lets_its_group_go()
    {
        var group = new[] { Some.InGroup("g"), Some.InGroup("g"), Some.InGroup("g") };
        await Retries.EnqueueAsync(group, CancellationToken.None);
        (await Work(AckKind.GiveUp)).ShouldBe(1);
        var operation = await BegunLater(OperationKind.Discard);

        (await Take(operation)).Taken.ShouldBe(1);

        (await Claimed()).ShouldBe([group[1].Id]);
    }

    [Fact]
    public async Task What_is_replayed_has_its_old_place_in_its_group()
    {
        var group = new[] { Some.InGroup("g"), Some.InGroup("g"), Some.InGroup("g") };
        await Retries.EnqueueAsync(group, CancellationToken.None);
        await Retries.DeadLetterAsync(group[1].Id, "look into it", CancellationToken.None);
        await Retries.DeadLetterAsync(group[0].Id, "look into it", CancellationToken.None);
        var operation = await BegunLater();

        // The head first, although it was the last to become a dead letter: behind another dead letter an item waits for ever.
        (await Take(operation, limit: 1)).ShouldBe(Taken(1));
        var first = await Claimed(AckKind.Completed);
        (await Take(operation)).ShouldBe(Taken(1));

        first.ShouldBe([group[0].Id]);
        (await Claimed(AckKind.Completed)).ShouldBe([group[1].Id]);
        (await Claimed(AckKind.Completed)).ShouldBe([group[2].Id]);
    }

    [Fact]
    public async Task Cancelling_the_whole_of_a_group_leaves_none_blocked()
    {
        var group = new[] { Some.InGroup("g"), Some.InGroup("g") };
        await Retries.EnqueueAsync(group, CancellationToken.None);
        var operation = await BegunLater(OperationKind.Cancel);

        (await Take(operation)).Taken.ShouldBe(2);
        var next = Some.InGroup("g");
        await Retries.EnqueueAsync([next], CancellationToken.None);

        (await Claimed()).ShouldBe([next.Id]);
    }

    [Fact]
    public async Task History_and_sums_tell_what_was_done()
    {
        var items = await Dead(3);
        var replay = await BegunLater();
        await Take(replay, limit: 2);
        var replayed = await Sums();
        await Take(await BegunLater(OperationKind.Discard));
        await Take(await BegunLater(OperationKind.Cancel));

        (replayed[RetryStatus.Pending], replayed[RetryStatus.DeadLetter]).ShouldBe((2, 1));
        (await Sums()).ShouldBe(new Dictionary<RetryStatus, long> { [RetryStatus.Cancelled] = 3 });
        var history = await Retries.ReadHistoryAsync(items[0].Id, CancellationToken.None);
        history.Select(line => line.Kind).ShouldBe([RetryHistoryKind.Created, RetryHistoryKind.DeadLettered, RetryHistoryKind.Requeued, RetryHistoryKind.Cancelled]);
        history[2].Message.ShouldBe($"operation {replay.Id}");
        (await Retries.ReadHistoryAsync(items[2].Id, CancellationToken.None))[^1].Kind.ShouldBe(RetryHistoryKind.Cancelled);
    }

    [Fact]
    public async Task An_operation_that_was_never_begun_takes_nothing()
    {
        await Dead(1);
        await AdvanceAsync(Hour);

        (await Take(New() with { Cutoff = DateTimeOffset.MaxValue.AddYears(-1) })).Taken.ShouldBe(0);
        (await Outcomes(New())).ShouldBe(default);
        (await Sums())[RetryStatus.DeadLetter].ShouldBe(1);
    }

    [Fact]
    public async Task Many_dead_letters_are_taken_in_portions_each_once()
    {
        foreach (var some in Some.Several(Many).Chunk(1_000))
        {
            await Retries.EnqueueAsync(some, CancellationToken.None);
            (await Work(AckKind.GiveUp)).ShouldBe(some.Length);
        }

        var operation = await BegunLater();

        (await Count(operation)).ShouldBe(Many);
        (await TakeAll(operation, limit: 500)).ShouldBe(Taken(Many));
        MisleadPlanner();
        (await Outcomes(operation)).ShouldBe(Taken(Many));
        (await Sums()).ShouldBe(new Dictionary<RetryStatus, long> { [RetryStatus.Pending] = Many });
    }

    private async Task<OperationProgress> TakeAll(BulkOperation operation, int limit = 10)
    {
        var all = default(OperationProgress);
        while (await Take(operation, limit) is var taken && taken != default)
        {
            all += taken;
        }

        return all;
    }

    private async Task<IReadOnlyList<NewRetry>> Waiting(int count)
    {
        var items = Some.Several(count);
        await Retries.EnqueueAsync(items, CancellationToken.None);
        return items;
    }

    private async Task<IReadOnlyList<int>> LinesOf(IReadOnlyList<NewRetry> items, RetryHistoryKind kind)
    {
        var lines = new List<int>();
        foreach (var item in items)
        {
            lines.Add((await Retries.ReadHistoryAsync(item.Id, CancellationToken.None)).Count(line => line.Kind == kind));
        }

        return lines;
    }

    /// <summary>The ids of what is due; it is settled, if an outcome is given.</summary>
    private async Task<IReadOnlyList<Guid>> Claimed(AckKind? settled = null)
    {
        var claim = await Claim();
        if (settled is { } kind)
        {
            await Retries.AckAsync(_lastProcess, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, kind))], CancellationToken.None);
        }

        return [.. claim.Items.Select(item => item.Id)];
    }

    private async Task<IReadOnlyList<NewRetry>> OneInEachStatus()
    {
        var items = Some.Several(AllStatuses.Length);
        foreach (var (status, item) in AllStatuses.Zip(items).OrderByDescending(pair => pair.First is not (RetryStatus.Pending or RetryStatus.Processing)).ThenByDescending(pair => pair.First))
        {
            await Bring(item, status);
        }

        (await StatusesOf(items)).ShouldBe(AllStatuses);
        return items;
    }

    // Those that are settled first, so that the workers have nothing else; then the one that stays in their hands.
    private async Task Bring(NewRetry item, RetryStatus status)
    {
        await Retries.EnqueueAsync([item], CancellationToken.None);
        await (status switch
        {
            RetryStatus.Processing => Claim(),
            RetryStatus.Completed => Work(AckKind.Completed),
            RetryStatus.DeadLetter => Work(AckKind.GiveUp),
            RetryStatus.Failed => Work(AckKind.Failed),
            RetryStatus.Cancelled => Retries.CancelAsync(item.Id, CancellationToken.None).AsTask(),
            _ => Task.CompletedTask,
        });
    }

    private static bool IsFor(OperationKind kind, RetryStatus status) => kind switch
    {
        OperationKind.Cancel => status == RetryStatus.Pending,
        _ => status is RetryStatus.DeadLetter or RetryStatus.Failed,
    };
}
