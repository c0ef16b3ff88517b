using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>What the engine promises whoever hands an operation in.</summary>
public class RetryEngineTests
{
    [Fact]
    public async Task An_item_is_executed_with_everything_it_was_handed_in_with()
    {
        var handler = new TrialHandler();
        await using var rig = new RetryRig(handler).Start();

        var id = await rig.EnqueueAsync(new RetryDraft
        {
            OperationType = TrialHandler.Type,
            Target = "orders",
            Payload = TrialHandler.Json("""{"order": 17}"""),
            CorrelationId = "c1",
            IdempotencyKey = "k1",
            Tags = ["a", "b"],
        });
        await rig.UntilAsync(id, RetryStatus.Completed);

        var context = handler.Calls.ShouldHaveSingleItem();
        context.Id.ShouldBe(id);
        context.Target.ShouldBe("orders");
        context.Payload.GetProperty("order").GetInt32().ShouldBe(17);
        (context.Attempt, context.MaxRetries).ShouldBe((1, 3));
        (context.CorrelationId, context.IdempotencyKey).ShouldBe(("c1", "k1"));
        context.Tags.ShouldBe(["a", "b"]);
        context.Token.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_failed_attempt_is_followed_by_others_after_growing_delays_until_they_are_used_up()
    {
        var handler = new TrialHandler(RetryOutcome.Retry("no answer"));
        await using var rig = new RetryRig(handler).Start();
        var began = rig.Clock.GetUtcNow();
        List<double> delays = [];

        var id = await rig.EnqueueAsync();
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await rig.PassUntilAsync(() => rig.Store.Acks.Count == attempt, "an attempt is recorded");
            delays.Add(((await rig.ItemAsync(id)).RunAfter - rig.Clock.GetUtcNow()).TotalSeconds);
        }

        await rig.PassUntilAsync(id, RetryStatus.DeadLetter);

        rig.Store.Acks.Select(ack => ack.Delay.TotalSeconds).ShouldBe([5, 10, 20]);
        handler.Calls.Select(call => call.Attempt).ShouldBe([1, 2, 3]);
        (rig.Clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(15));
        (await rig.ItemAsync(id)).LastFailure!.Message.ShouldBe("no answer");
    }

    [Fact]
    public async Task A_handler_that_throws_is_a_failure_with_its_message_and_the_head_of_its_stack()
    {
        await using var rig = new RetryRig(new TrialHandler((_, _) => throw new InvalidDataException("bad\0 " + new string('x', 1_000)))).Start();

        var id = await rig.EnqueueAsync();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 1, "the failure is recorded");

        var failure = (await rig.ItemAsync(id)).LastFailure!;
        failure.Message.ShouldStartWith("InvalidDataException: bad\uFFFD");
        failure.Message.ShouldContain(nameof(RetryEngineTests));
        System.Text.Encoding.UTF8.GetByteCount(failure.Message).ShouldBeLessThanOrEqualTo(2_048);
        failure.Fingerprint.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_word_of_the_policy_in_a_failure_in_any_case_ends_the_attempts()
    {
        await using var rig = new RetryRig(new TrialHandler(RetryOutcome.Retry("the shop said FORBIDDEN")));
        rig.Options = rig.Options with { Fallback = new RetryPolicy { NonRetryable = ["unauthorized", "forbidden"] } };
        rig.Start();

        var id = await rig.EnqueueAsync();

        await rig.UntilAsync(id, RetryStatus.Failed);
    }

    [Theory]
    [InlineData("give up", RetryStatus.DeadLetter)]
    [InlineData("fail", RetryStatus.Failed)]
    [InlineData("snooze", RetryStatus.Pending)]
    public async Task What_a_handler_says_is_what_becomes_of_the_item(string outcome, RetryStatus status)
    {
        await using var rig = new RetryRig(new TrialHandler(outcome switch
        {
            "give up" => RetryOutcome.GiveUp("pointless"),
            "fail" => RetryOutcome.Fail("wrong"),
            _ => RetryOutcome.Snooze(TimeSpan.FromHours(1)),
        })).Start();

        var id = await rig.EnqueueAsync();
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 1, "the outcome is recorded");

        var item = await rig.ItemAsync(id);
        item.Status.ShouldBe(status);
        item.Attempt.ShouldBe(status == RetryStatus.Pending ? 0 : 1);
    }

    [Fact]
    public async Task An_item_that_comes_without_a_handler_here_is_put_off_without_spending_attempts_and_the_log_is_told_once()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Store.IgnoresTypes = true;
        rig.Start();

        var ids = new[] { await rig.EnqueueAsync("unknown"), await rig.EnqueueAsync("unknown") };
        await RetryRig.UntilAsync(() => rig.Store.Acks.Count == 2, "both are put back");

        rig.Store.Acks.ShouldAllBe(ack => ack.Kind == AckKind.Snooze && ack.Delay >= TimeSpan.FromSeconds(30));
        (await rig.ItemAsync(ids[0])).Attempt.ShouldBe(0);
        rig.Logger.Warnings.Count(line => line.Contains("No handler", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Only_types_with_a_handler_are_claimed()
    {
        await using var rig = new RetryRig(new TrialHandler()).Start();

        var foreign = await rig.EnqueueAsync("unknown");
        var own = await rig.EnqueueAsync();
        await rig.UntilAsync(own, RetryStatus.Completed);
        await rig.PassAsync(TimeSpan.FromSeconds(20));

        (await rig.ItemAsync(foreign)).Status.ShouldBe(RetryStatus.Pending);
        (await rig.Store.ReadHistoryAsync(foreign, CancellationToken.None)).Select(line => line.Kind).ShouldBe([RetryHistoryKind.Created]);
    }

    [Fact]
    public async Task Items_of_other_types_that_are_due_keep_nobody_busy()
    {
        await using var rig = new RetryRig(new TrialHandler()).Start();
        await RetryRig.UntilAsync(() => rig.Store.Asked("claim") == 1, "it has found nothing");
        await rig.EnqueueAsync("unknown");
        await rig.EnqueueAsync(new RetryDraft { OperationType = "unknown", Delay = TimeSpan.FromSeconds(1) });

        await rig.PassAsync(TimeSpan.FromMinutes(1));

        // One for each ring, and one every 5 seconds; fewer where a busy machine has not let the loop run.
        rig.Store.Asked("claim").ShouldBeLessThanOrEqualTo(20);
    }

    [Fact]
    public async Task A_process_without_handlers_claims_nothing()
    {
        await using var rig = new RetryRig().Start();

        var id = await rig.EnqueueAsync("unknown");
        await rig.PassAsync(TimeSpan.FromSeconds(20));

        rig.Store.Asked("claim").ShouldBe(0);
        (await rig.ItemAsync(id)).Status.ShouldBe(RetryStatus.Pending);
    }

    [Fact]
    public async Task Items_that_are_handed_in_together_are_committed_together()
    {
        await using var rig = new RetryRig();
        var mayCommit = new TaskCompletionSource();
        rig.Store.Gate = operation => operation == "enqueue" ? mayCommit.Task : Task.CompletedTask;

        var first = rig.EnqueueAsync();
        await RetryRig.UntilAsync(() => rig.Store.Asked("enqueue") == 1, "the first is being committed");
        var others = Enumerable.Range(0, 50).Select(_ => rig.EnqueueAsync()).ToList();
        mayCommit.SetResult();
        await Task.WhenAll([first, .. others]);

        rig.Store.Sizes.ShouldBe([("enqueue", 1), ("enqueue", 50)]);
    }

    [Fact]
    public async Task An_item_with_the_correlation_id_of_an_unfinished_one_is_a_duplicate()
    {
        await using var rig = new RetryRig();
        var draft = new RetryDraft { OperationType = TrialHandler.Type, CorrelationId = "same" };

        var answers = await rig.Engine.Queue.EnqueueAsync([draft, draft]);

        answers.Select(answer => answer.Status).ShouldBe([EnqueueStatus.Created, EnqueueStatus.Duplicate]);
        answers[1].Id.ShouldBe(answers[0].Id);
    }

    [Fact]
    public async Task While_it_is_switched_off_items_are_taken_and_wait()
    {
        await using var rig = new RetryRig(new TrialHandler());
        rig.Options = rig.Options with { Enabled = false };
        rig.Start();

        var id = await rig.EnqueueAsync();
        await rig.PassAsync(TimeSpan.FromSeconds(20));
        var waited = rig.StatusOf(id);
        rig.Options = rig.Options with { Enabled = true };
        await rig.PassUntilAsync(id, RetryStatus.Completed);

        waited.ShouldBe(RetryStatus.Pending);
    }
}
