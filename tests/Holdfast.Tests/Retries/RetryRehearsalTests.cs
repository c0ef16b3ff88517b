using System.Text.Json;
using Holdfast.Retries;
using Holdfast.Testing;

namespace Holdfast.Tests.Retries;

/// <summary>What users test their handlers with.</summary>
public class RetryRehearsalTests
{
    private static readonly RetryQueueOptions Options = new()
    {
        Policies = new Dictionary<string, RetryPolicy>
        {
            ["charge_card"] = new() { MaxRetries = 3, InitialDelay = TimeSpan.FromSeconds(2), BackoffMultiplier = 2, Jitter = 0, NonRetryable = ["declined"] },
        },
    };

    private static readonly RetryDraft Draft = new() { OperationType = "charge_card", Payload = JsonSerializer.SerializeToElement(new { amount = 17 }) };

    [Fact]
    public async Task What_fails_twice_and_then_works_is_completed_with_the_delays_of_its_policy()
    {
        var run = await Rehearse(context => context.Attempt < 3 ? throw new TimeoutException("no answer") : RetryOutcome.Done);

        run.Status.ShouldBe(RetryStatus.Completed);
        run.Attempts.Select(one => (one.Number, one.Status, one.Delay?.TotalSeconds)).ShouldBe(
            [(1, RetryStatus.Pending, 2), (2, RetryStatus.Pending, 4), (3, RetryStatus.Completed, null)]);
        run.Attempts[0].Error.ShouldNotBeNull().ShouldContain("no answer");
    }

    [Fact]
    public async Task Used_up_attempts_end_in_a_dead_letter_and_what_the_policy_names_fails_at_once()
    {
        (await Rehearse(_ => RetryOutcome.Retry("busy"))).ShouldSatisfyAllConditions(run => run.Status.ShouldBe(RetryStatus.DeadLetter), run => run.Attempts.Count.ShouldBe(3));
        (await Rehearse(_ => RetryOutcome.Retry("card declined"))).ShouldSatisfyAllConditions(run => run.Status.ShouldBe(RetryStatus.Failed), run => run.Attempts.Count.ShouldBe(1));
        (await Rehearse(_ => RetryOutcome.GiveUp("no such card"))).Status.ShouldBe(RetryStatus.DeadLetter);
    }

    [Fact]
    public async Task A_snooze_costs_no_attempt_and_one_without_end_is_told()
    {
        var calls = 0;
        var run = await Rehearse(_ => ++calls < 3 ? RetryOutcome.Snooze(TimeSpan.FromMinutes(1)) : RetryOutcome.Done);

        run.Attempts.Select(one => one.Number).ShouldBe([1, 1, 1]);
        (await Should.ThrowAsync<InvalidOperationException>(() => Rehearsal(_ => RetryOutcome.Snooze(TimeSpan.FromMinutes(1))).RunAsync(Draft, callsMax: 5)))
            .Message.ShouldContain("5 calls");
    }

    [Fact]
    public async Task The_handler_sees_the_operation_with_a_token_that_grows()
    {
        List<RetryContext> seen = [];
        await Rehearse(context =>
        {
            seen.Add(context with { Payload = context.Payload.Clone() });
            return seen.Count < 2 ? RetryOutcome.Retry("again") : RetryOutcome.Done;
        });

        seen[1].Payload.GetProperty("amount").GetInt32().ShouldBe(17);
        (seen[1].Attempt, seen[1].MaxRetries).ShouldBe((2, 3));
        seen[1].Token.ShouldBeGreaterThan(seen[0].Token);
    }

    [Fact]
    public async Task What_the_queue_would_refuse_is_refused()
    {
        await Should.ThrowAsync<RetryRejectedException>(() => Rehearsal(_ => RetryOutcome.Done).RunAsync(Draft with { Priority = 99 }));
        await Should.ThrowAsync<ArgumentException>(() => Rehearsal(_ => RetryOutcome.Done).RunAsync(Draft with { OperationType = "other" }));
    }

    [Fact]
    public async Task An_attempt_whose_time_is_over_is_a_failure_that_is_tried_again()
    {
        var time = new ManualTimeProvider();
        var rehearsal = new RetryRehearsal(new Handler(async (context, cancellationToken) =>
        {
            if (context.Attempt == 1)
            {
                time.Advance(TimeSpan.FromMinutes(5));
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return RetryOutcome.Done;
        }), Options, time);

        var run = await rehearsal.RunAsync(Draft);

        run.Attempts.Select(one => one.Status).ShouldBe([RetryStatus.Pending, RetryStatus.Completed]);
        run.Attempts[0].Error.ShouldNotBeNull().ShouldContain("timed out");
    }

    private static Task<RehearsedRetry> Rehearse(Func<RetryContext, RetryOutcome> handle) => Rehearsal(handle).RunAsync(Draft);

    private static RetryRehearsal Rehearsal(Func<RetryContext, RetryOutcome> handle) => new(new Handler((context, _) => Task.FromResult(handle(context))), Options);

    private sealed class Handler(Func<RetryContext, CancellationToken, Task<RetryOutcome>> handle) : IRetryHandler
    {
        public string OperationType => "charge_card";

        public Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken) => handle(context, cancellationToken);
    }
}
