using Holdfast.Operations;
using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Operations;

public abstract partial class OperationStoreConformance
{
    private static readonly OperationProgress OneWaiting = new(1, 0, 0, 0);
    private static readonly OperationProgress OneSucceeded = new(1, 1, 0, 0);
    private static readonly OperationProgress OneFailed = new(1, 0, 1, 0);

    [Fact]
    public async Task What_was_put_back_and_is_being_processed_is_not_known_yet()
    {
        var operation = await Replayed();

        var before = await Outcomes(operation);
        await Claim();

        before.ShouldBe(OneWaiting);
        (await Outcomes(operation)).ShouldBe(OneWaiting);
    }

    [Theory]
    [InlineData(AckKind.Completed, 1, 0)]
    [InlineData(AckKind.Retry, 0, 1)]
    [InlineData(AckKind.GiveUp, 0, 1)]
    [InlineData(AckKind.Failed, 0, 1)]
    [InlineData(AckKind.Snooze, 0, 0)]
    [InlineData(AckKind.Returned, 0, 0)]
    internal async Task The_first_attempt_since_then_tells(AckKind kind, long succeeded, long failed)
    {
        var operation = await Replayed();

        await Work(kind, delay: Hour);

        (await Outcomes(operation)).ShouldBe(new OperationProgress(1, succeeded, failed, 0));
    }

    [Fact]
    public async Task What_failed_counts_as_failed_until_a_later_attempt_succeeds()
    {
        var operation = await Replayed();
        await Work(AckKind.Retry, delay: Hour);
        await AdvanceAsync(Hour * 2);

        var claim = await Claim();
        var during = await Outcomes(operation);
        await Retries.AckAsync(_lastProcess, [new RetryAck(claim.Items[0].Id, claim.Token, AckKind.Completed)], CancellationToken.None);

        during.ShouldBe(OneFailed);
        (await Outcomes(operation)).ShouldBe(OneSucceeded);
        (await Outcomes(operation)).ShouldBe(OneSucceeded);
    }

    [Fact]
    public async Task An_attempt_whose_worker_was_lost_has_failed()
    {
        var operation = await Replayed();
        await Claim();
        await AdvanceAsync(Hour * 2_000);

        await Retries.RescueAsync(10, CancellationToken.None);

        (await Outcomes(operation)).ShouldBe(OneFailed);
    }

    [Fact]
    public async Task What_an_operator_takes_out_again_has_failed()
    {
        var operation = await Replayed(2);
        var waiting = (await Retries.ListAsync(new RetryQuery(), CancellationToken.None)).Items;

        await Retries.CancelAsync(waiting[0].Id, CancellationToken.None);
        await Retries.DeadLetterAsync(waiting[1].Id, "look into it", CancellationToken.None);

        (await Outcomes(operation)).ShouldBe(new OperationProgress(2, 0, 2, 0));
    }

    [Fact]
    public async Task What_is_put_back_by_another_is_waiting_for_both()
    {
        var operation = await Replayed();
        await Work(AckKind.GiveUp);
        var second = await BegunLater();
        await Take(second);

        (await Outcomes(operation)).ShouldBe(OneWaiting);
        (await Outcomes(second)).ShouldBe(OneWaiting);
        await Work(AckKind.Completed);
        (await Outcomes(operation)).ShouldBe(OneSucceeded);
        (await Outcomes(second)).ShouldBe(OneSucceeded);
    }

    [Theory]
    [InlineData(OperationKind.Discard)]
    [InlineData(OperationKind.Cancel)]
    internal async Task What_is_given_up_has_succeeded_at_once(OperationKind kind)
    {
        _ = kind == OperationKind.Cancel ? await Waiting(2) : await Dead(2);
        var operation = await BegunLater(kind);

        await Take(operation);

        (await Outcomes(operation)).ShouldBe(new OperationProgress(2, 2, 0, 0));
    }

    [Fact]
    public async Task What_came_of_an_item_is_known_also_when_it_is_deleted()
    {
        var operation = await Replayed(3);
        await Work(AckKind.Completed, limit: 2);
        await Work(AckKind.Failed);
        await AdvanceAsync(Hour * 24 * 60);

        while (await Retries.MaintainAsync(TimeSpan.FromDays(7), TimeSpan.FromDays(7), CancellationToken.None))
        {
        }

        (await Sums()).ShouldBeEmpty();
        (await Outcomes(operation)).ShouldBe(new OperationProgress(3, 2, 1, 0));
    }

    [Fact]
    public async Task An_operation_that_is_over_is_kept_as_long_as_history()
    {
        var (over, open) = (await Replayed(), await Begun());
        await Save(over with { State = OperationState.Completed });
        await AdvanceAsync(Hour * 24 * 60);

        while (await Retries.MaintainAsync(TimeSpan.FromDays(90), TimeSpan.FromDays(90), CancellationToken.None))
        {
        }

        var kept = await Operations.GetAsync(over.Id, CancellationToken.None);
        while (await Retries.MaintainAsync(TimeSpan.FromDays(30), TimeSpan.FromDays(30), CancellationToken.None))
        {
        }

        kept.ShouldNotBeNull();
        (await Operations.GetAsync(over.Id, CancellationToken.None)).ShouldBeNull();
        (await Get(open)).ShouldNotBeNull();
    }

    /// <summary>An operation that has put back some dead letters.</summary>
    private async Task<BulkOperation> Replayed(int count = 1)
    {
        await Dead(count);
        var operation = await BegunLater();
        (await Take(operation)).ShouldBe(Taken(count));
        return operation;
    }
}
