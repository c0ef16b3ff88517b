namespace Holdfast.Retries;

/// <summary>What is recorded of an attempt, by the policy. Pure.</summary>
internal static class AttemptJudge
{
    // As for the first attempt of an item.
    private static readonly TimeSpan DelayMax = TimeSpan.FromDays(365);

    /// <param name="claimed">The item.</param>
    /// <param name="result">How the attempt ended.</param>
    /// <param name="policy">Of the item's operation type.</param>
    /// <param name="random">For jitter, in [0, 1).</param>
    /// <returns>Null when nothing is recorded.</returns>
    public static RetryAck? Judge(ClaimedRetry claimed, AttemptResult result, RetryPolicy policy, Func<double> random)
    {
        var ack = new RetryAck(claimed.Item.Id, claimed.Token, AckKind.Completed);
        var type = claimed.Item.What.OperationType;
        return result switch
        {
            AttemptResult.Told told => OfOutcome(told.Outcome),
            AttemptResult.Threw threw => Again(RetryFailures.Of(type, threw.Fault), delay: null),
            AttemptResult.TimedOut late => Again(RetryFailures.Of(type, LateText(late)), delay: null),
            _ => null,
        };

        RetryAck OfOutcome(RetryOutcome outcome) => outcome switch
        {
            RetryOutcome.DoneOutcome => ack,
            RetryOutcome.RetryOutcomeAgain again => Again(RetryFailures.Of(type, again.Error), again.Delay),
            RetryOutcome.GiveUpOutcome given => ack with { Kind = AckKind.GiveUp, Failure = RetryFailures.Of(type, given.Reason) },
            RetryOutcome.FailOutcome fail => ack with { Kind = AckKind.Failed, Failure = RetryFailures.Of(type, fail.Error) },
            RetryOutcome.SnoozeOutcome snooze => ack with { Kind = AckKind.Snooze, Delay = Bounded(snooze.Delay) },
            _ => throw new ArgumentOutOfRangeException(nameof(result), outcome, "Unknown outcome."),
        };

        RetryAck Again(RetryFailure failure, TimeSpan? delay) =>
            policy.NonRetryable.Any(word => failure.Message.Contains(word, StringComparison.OrdinalIgnoreCase))
                ? ack with { Kind = AckKind.Failed, Failure = failure }
                : ack with { Kind = AckKind.Retry, Failure = failure, Delay = Bounded(delay ?? policy.DelayAfter(Math.Max(1, claimed.Item.Attempt), random)) };
    }

    private static string LateText(AttemptResult.TimedOut late) =>
        late.LeftBehind
            ? $"The attempt timed out after {late.After.TotalSeconds} s; the handler ignored its cancellation and was left behind."
            : $"The attempt timed out after {late.After.TotalSeconds} s.";

    private static TimeSpan Bounded(TimeSpan delay) => TimeSpan.FromTicks(Math.Clamp(delay.Ticks, 0, DelayMax.Ticks));
}
