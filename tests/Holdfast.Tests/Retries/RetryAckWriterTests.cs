using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>How outcomes are recorded.</summary>
public class RetryAckWriterTests
{
    private static readonly RetryDraft Draft = new() { OperationType = TrialHandler.Type };

    [Fact]
    public async Task Outcomes_that_gather_during_a_write_are_recorded_together()
    {
        await using var rig = NewRig();
        var mayAck = new TaskCompletionSource();
        rig.Store.Gate = operation => operation == "ack" ? mayAck.Task : Task.CompletedTask;
        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(Draft, 200)]);

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("ack") == 2 && Calls(rig) == 200, "each lane records its first and all are executed");
        mayAck.SetResult();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 200, "all are recorded");

        rig.Store.Asked("ack").ShouldBeLessThanOrEqualTo(2 * 3);
    }

    [Fact]
    public async Task Workers_wait_when_two_groups_of_a_lane_are_under_way()
    {
        await using var rig = NewRig();
        rig.Options = rig.Options with { BatchSize = 1_000 };
        var mayAck = new TaskCompletionSource();
        rig.Store.Gate = operation => operation == "ack" ? mayAck.Task : Task.CompletedTask;
        await rig.Engine.Queue.EnqueueAsync([.. Enumerable.Repeat(Draft, 2_000)]);

        rig.Start();
        await RetryRig.UntilAsync(() => Calls(rig) == 512 + 3, "two groups are full, and each worker has one more");
        mayAck.SetResult();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 2_000, "all are recorded");

        rig.Store.Sizes.Where(size => size.Operation == "ack").Max(size => size.Size).ShouldBeLessThanOrEqualTo(256);
    }

    [Fact]
    public async Task A_store_that_is_away_for_a_moment_costs_no_attempt()
    {
        var failures = 3;
        await using var rig = NewRig();
        rig.Store.Before = operation => operation == "ack" && Interlocked.Decrement(ref failures) >= 0 ? TrialRetryStore.Away : null;
        rig.Start();

        var id = await rig.EnqueueAsync(Draft);
        await rig.PassUntilAsync(id, RetryStatus.Completed);

        Calls(rig).ShouldBe(1);
    }

    [Fact]
    public async Task An_outcome_for_an_item_that_is_no_longer_ours_changes_nothing()
    {
        var mayEnd = new TaskCompletionSource<RetryOutcome>();
        var handler = new TrialHandler((_, _) => mayEnd.Task);
        await using var rig = new RetryRig(handler).Start();

        var id = await rig.EnqueueAsync(Draft);
        await RetryRig.UntilAsync(() => handler.Calls.Count == 1, "it is begun");
        await rig.Store.CancelAsync(id, CancellationToken.None);
        mayEnd.SetResult(RetryOutcome.Done);
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 1, "the outcome is handed in");

        rig.StatusOf(id).ShouldBe(RetryStatus.Cancelled);
    }

    [Fact]
    public async Task An_outcome_that_the_store_refuses_frees_the_item_and_costs_its_neighbours_nothing()
    {
        var refuse = true;
        await using var rig = NewRig();
        rig.Store.Before = operation => operation == "ack" && refuse ? new InvalidDataException("No place for this.") : null;
        rig.Start();

        var id = await rig.EnqueueAsync(Draft);
        await rig.PassUntilAsync(() => rig.Store.Asked("leave") >= 1, "the item is given back");
        refuse = false;
        await rig.PassUntilAsync(id, RetryStatus.Completed);

        rig.Logger.All.ShouldContain(line => line.Contains("was refused", StringComparison.Ordinal));
    }

    private static RetryRig NewRig()
    {
        var handler = new TrialHandler();
        var rig = new RetryRig(handler);
        rig.Options = rig.Options with { DestinationAttemptsPerSecond = 0 };
        Handlers.Add(rig, handler);
        return rig;
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<RetryRig, TrialHandler> Handlers = [];

    private static int Calls(RetryRig rig) => Handlers.TryGetValue(rig, out var handler) ? handler.Calls.Count : 0;
}
