using Holdfast.Retries;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>What comes while the database is away.</summary>
public class RetrySpoolTests
{
    [Fact]
    public async Task Items_that_the_database_cannot_take_are_spooled_and_executed_when_it_is_back()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler).Start();
        rig.Store.Before = _ => TrialRetryStore.Away;

        var answers = await rig.Engine.Queue.EnqueueAsync([Draft("one"), Draft("two")]);
        var waiting = rig.Spool.Waiting;
        rig.Store.Before = _ => null;
        await rig.PassUntilAsync(() => answers.All(answer => rig.StatusOf(answer.Id) == RetryStatus.Completed), "both are done");

        answers.ShouldAllBe(answer => answer.Status == EnqueueStatus.Spooled);
        waiting.ShouldBe(2);
        handler.Calls.Select(call => call.Target).ShouldBe(["one", "two"], ignoreOrder: true);
        await RetryRig.UntilAsync(() => rig.Spool.Waiting == 0, "nothing waits any more");
    }

    [Fact]
    public async Task While_the_database_answers_there_is_no_spool()
    {
        await using var rig = new RetryRig(new TrialHandler()).Start();

        var id = await rig.EnqueueAsync();
        await rig.UntilAsync(id, RetryStatus.Completed);

        rig.SpoolsOpened.ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_that_was_lost_does_not_make_two_of_one()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler).Start();
        rig.Store.After = operation => operation == "enqueue" ? TrialRetryStore.Away : null;

        var answer = await rig.Engine.Queue.EnqueueAsync(Draft("one"));
        rig.Store.After = _ => null;
        await rig.PassUntilAsync(() => rig.Spool.Waiting == 0, "it is in the queue");
        await rig.PassUntilAsync(answer.Id, RetryStatus.Completed);

        answer.Status.ShouldBe(EnqueueStatus.Spooled);
        handler.Calls.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_crash_before_the_spool_forgets_does_not_make_two_of_one()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler).Start();
        rig.Store.Before = _ => TrialRetryStore.Away;
        rig.Spool.RemoveFault = new SpoolUnavailableException("The disk is full.", inner: null);

        var answer = await rig.Engine.Queue.EnqueueAsync(Draft("one"));
        rig.Store.Before = _ => null;
        await rig.PassUntilAsync(answer.Id, RetryStatus.Completed);
        await rig.PassUntilAsync(() => rig.Spool.Waiting == 0, "it is moved a second time");

        handler.Calls.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_belongs_to_a_group_stays_behind_what_waits_in_the_spool()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler);
        rig.Store.Before = operation => operation == "enqueue" ? TrialRetryStore.Away : null;
        await rig.Engine.Queue.EnqueueAsync(Draft("one") with { GroupKey = "orders" });
        rig.Store.Before = _ => null;

        var second = await rig.Engine.Queue.EnqueueAsync(Draft("two") with { GroupKey = "orders" });
        var other = await rig.Engine.Queue.EnqueueAsync(Draft("other"));
        rig.Start();
        await rig.PassUntilAsync(second.Id, RetryStatus.Completed);
        await RetryRig.UntilAsync(() => rig.Spool.Waiting == 0, "the spool knows that it is in the queue");
        var third = await rig.Engine.Queue.EnqueueAsync(Draft("three") with { GroupKey = "orders" });

        (second.Status, other.Status, third.Status).ShouldBe((EnqueueStatus.Spooled, EnqueueStatus.Created, EnqueueStatus.Created));
        handler.Calls.Where(call => call.Target != "other").Select(call => call.Target).Take(2).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task The_time_in_the_spool_counts_as_waited()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Store.Before = operation => operation == "enqueue" ? TrialRetryStore.Away : null;
        rig.Spool.ReceivedAt = rig.Clock.GetUtcNow();
        var answer = await rig.Engine.Queue.EnqueueAsync(Draft("one") with { Delay = TimeSpan.FromMinutes(10) });
        rig.Store.Before = _ => null;
        rig.Clock.Advance(TimeSpan.FromMinutes(4));

        rig.Start();
        await RetryRig.UntilAsync(() => rig.Spool.Waiting == 0, "it is in the queue");

        var item = await rig.ItemAsync(answer.Id);
        (item.RunAfter - item.CreatedAt).ShouldBe(TimeSpan.FromMinutes(6));
    }

    [Fact]
    public async Task What_the_queue_refuses_is_put_aside_and_holds_nobody_up()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Store.Before = operation => operation == "enqueue" ? TrialRetryStore.Away : null;
        var answers = await rig.Engine.Queue.EnqueueAsync([Draft("good"), Draft("bad"), Draft("fine")]);
        rig.Store.Before = _ => null;
        rig.Store.Refuses = item => item.Target == "bad";

        rig.Start();
        await rig.PassUntilAsync(answers[0].Id, RetryStatus.Completed);
        await rig.PassUntilAsync(answers[2].Id, RetryStatus.Completed);

        rig.Spool.Waiting.ShouldBe(0);
        rig.Spool.Parked.ShouldHaveSingleItem().Reason.ShouldBe("Refused: bad");
        rig.Logger.Errors.ShouldContain(line => line.Contains(answers[1].Id.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_put_aside_is_tried_again_at_the_next_start()
    {
        await using var rig = new RetryRig(new TrialHandler());
        var item = RetryValidator.Check([Draft("mended")], rig.Options, rig.Clock.GetUtcNow())[0];
        await rig.Spool.ParkAsync([new ParkedRow(1, 0, SpoolKind.RetryEnqueue, RetrySpoolCodec.Encode(item), "no reason", rig.Clock.GetUtcNow())], CancellationToken.None);

        rig.Restart(isThere: true);

        await rig.PassUntilAsync(item.Id, RetryStatus.Completed);
    }

    [Fact]
    public async Task A_spool_without_room_is_said_to_whoever_brings()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Store.Before = _ => TrialRetryStore.Away;
        rig.Spool.Fault = new SpoolFullException("The spool is full.", TimeSpan.FromSeconds(5));

        var enqueue = async () => await rig.EnqueueAsync();

        await enqueue.ShouldThrowAsync<SpoolFullException>();
    }

    [Fact]
    public async Task A_spool_that_cannot_be_opened_is_opened_at_the_next_attempt()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Store.Before = _ => TrialRetryStore.Away;
        rig.SpoolOpening = () => throw new SpoolStartException("Another process has it.", inner: null);
        var enqueue = async () => await rig.EnqueueAsync();
        await enqueue.ShouldThrowAsync<SpoolUnavailableException>();

        rig.SpoolOpening = () => { };
        var answer = await rig.Engine.Queue.EnqueueAsync(Draft("one"));

        answer.Status.ShouldBe(EnqueueStatus.Spooled);
    }

    private static RetryDraft Draft(string target) => new() { OperationType = TrialHandler.Type, Target = target };
}
