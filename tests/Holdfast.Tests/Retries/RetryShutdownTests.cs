using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>What a process leaves behind.</summary>
public class RetryShutdownTests
{
    private static readonly RetryDraft Draft = new() { OperationType = TrialHandler.Type, Timeout = TimeSpan.FromHours(1) };

    [Fact]
    public async Task What_was_not_begun_goes_back_and_what_is_under_way_ends()
    {
        var mayEnd = new TaskCompletionSource<RetryOutcome>();
        var handler = new TrialHandler((_, _) => mayEnd.Task);
        await using var rig = new RetryRig(handler).Start();
        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(Draft, 10)]);
        await RetryRig.UntilAsync(() => handler.Calls.Count == 3, "three are begun");

        var leaving = rig.LeaveAsync();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count(ack => ack.Kind == AckKind.Returned) == 7, "seven are given back");
        var waits = !leaving.IsCompleted;
        mayEnd.SetResult(RetryOutcome.Done);
        await leaving;

        waits.ShouldBeTrue();
        handler.Calls.Count.ShouldBe(3);
        var items = await rig.Store.ListAsync(new RetryQuery(), CancellationToken.None);
        items.Items.Count(item => item is { Status: RetryStatus.Pending, Attempt: 0 }).ShouldBe(7);
        items.Items.Count(item => item.Status == RetryStatus.Completed).ShouldBe(3);
        rig.Store.Asked("leave").ShouldBe(1);
    }

    [Fact]
    public async Task A_handler_that_does_not_end_is_cancelled_and_its_attempt_is_not_counted()
    {
        var handler = new TrialHandler(async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return RetryOutcome.Done;
        });
        await using var rig = new RetryRig(handler).Start();
        var id = await rig.EnqueueAsync(Draft);
        await RetryRig.UntilAsync(() => handler.Calls.Count == 1, "it is begun");

        await rig.Engine.Participants[1].ShutdownAsync(new Holdfast.Lifecycle.ShutdownReport(), CancellationToken.None);

        var item = await rig.ItemAsync(id);
        (item.Status, item.Attempt).ShouldBe((RetryStatus.Pending, 0));
        rig.Store.Acks.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_it_has_left_nothing_more_is_claimed()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler).Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1, "it has begun");

        await rig.LeaveAsync();
        var claims = rig.Store.Asked("claim");
        await rig.EnqueueAsync(Draft);
        await rig.PassAsync(TimeSpan.FromSeconds(30), renewing: false);

        rig.Store.Asked("claim").ShouldBe(claims);
        handler.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_is_away_does_not_keep_it_from_leaving()
    {
        await using var rig = new RetryRig(new TrialHandler()).Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1, "it has begun");
        rig.Store.Before = _ => TrialRetryStore.Away;

        await rig.LeaveAsync();

        rig.Logger.Warnings.ShouldContain(line => line.Contains("could not be given up", StringComparison.Ordinal));
    }
}
