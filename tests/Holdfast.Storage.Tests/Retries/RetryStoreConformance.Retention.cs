using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>How much longer than asked for things may stay, where they go by whole partitions.</summary>
    private protected virtual TimeSpan RetentionGrain => TimeSpan.Zero;

    [Theory]
    [InlineData(RetryStatus.Completed)]
    [InlineData(RetryStatus.Failed)]
    [InlineData(RetryStatus.Cancelled)]
    public async Task A_finished_item_goes_with_its_history_when_its_keep_time_is_over(RetryStatus status)
    {
        var item = await In(status);
        await AdvanceAsync(Day * 6);
        await Maintain(Day * 7, Day * 30);
        var kept = await Store.GetAsync(item.Id, CancellationToken.None);

        await AdvanceAsync((Day * 2) + RetentionGrain);
        await Maintain(Day * 7, Day * 30);

        kept.ShouldNotBeNull();
        (await Store.GetAsync(item.Id, CancellationToken.None)).ShouldBeNull();
        (await History(item.Id)).ShouldBeEmpty();
        (await Counts()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dead_letter_has_a_keep_time_of_its_own()
    {
        var item = await In(RetryStatus.DeadLetter);
        await AdvanceAsync((Day * 8) + RetentionGrain);
        await Maintain(Day * 7, Day * 30);
        var kept = await Store.GetAsync(item.Id, CancellationToken.None);

        await AdvanceAsync(Day * 30);
        await Maintain(Day * 7, Day * 30);

        kept.ShouldNotBeNull();
        (await Store.GetAsync(item.Id, CancellationToken.None)).ShouldBeNull();
        (await Counts()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unfinished_item_is_never_deleted()
    {
        var waiting = await Enqueued(RetryItems.New(delay: Day * 365));
        await Enqueued(RetryItems.New());
        var held = await Hold();
        await AdvanceAsync(Day * 100);

        await Maintain(Day, Day);

        (await Get(waiting)).Status.ShouldBe(RetryStatus.Pending);
        (await Get(held.Id)).Status.ShouldBe(RetryStatus.Processing);
        (await Rescue()).Rescued.ShouldBe(1);
    }

    [Fact]
    public async Task A_dead_letter_that_goes_lets_its_group_go_on()
    {
        await In(RetryStatus.DeadLetter, RetryItems.InGroup("g"));
        var next = await Enqueued(RetryItems.InGroup("g"));
        await AdvanceAsync((Day * 31) + RetentionGrain);

        await Maintain(Day * 7, Day * 30);

        (await Claimed()).ShouldBe([next.Id]);
    }

    [Fact]
    public async Task Much_goes_in_several_steps()
    {
        var items = RetryItems.Several(2_500);
        await Enqueue(items);
        var process = await Worker();
        while (await Claim(process, limit: 1_000) is { Items.Count: > 0 } claim)
        {
            await Store.AckAsync(process, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, AckKind.Completed))], CancellationToken.None);
        }

        await AdvanceAsync((Day * 8) + RetentionGrain);
        await Maintain(Day * 7, Day * 30);

        (await Counts()).ShouldBeEmpty();
        (await List(new RetryFilter())).Items.ShouldBeEmpty();
    }

    /// <summary>All steps; a store that always says that there is more would never let its caller go.</summary>
    private async Task Maintain(TimeSpan keepHistory, TimeSpan keepDeadLetters)
    {
        for (var step = 0; await Store.MaintainAsync(keepHistory, keepDeadLetters, CancellationToken.None); step++)
        {
            step.ShouldBeLessThan(100);
        }
    }
}
