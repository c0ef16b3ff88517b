using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryTransitionsTests
{
    [Theory]
    [InlineData(AckKind.Completed, 1, RetryStatus.Completed)]
    [InlineData(AckKind.Completed, 3, RetryStatus.Completed)]
    [InlineData(AckKind.Retry, 1, RetryStatus.Pending)]
    [InlineData(AckKind.Retry, 2, RetryStatus.Pending)]
    [InlineData(AckKind.Retry, 3, RetryStatus.DeadLetter)]
    [InlineData(AckKind.GiveUp, 1, RetryStatus.DeadLetter)]
    [InlineData(AckKind.Failed, 1, RetryStatus.Failed)]
    [InlineData(AckKind.Snooze, 3, RetryStatus.Pending)]
    [InlineData(AckKind.Returned, 3, RetryStatus.Pending)]
    internal void An_attempt_of_three_leads_to(AckKind kind, int attempt, RetryStatus next) =>
        RetryTransitions.AfterAttempt(kind, attempt, maxRetries: 3).ShouldBe(next);

    [Theory]
    [InlineData(1, 1, RetryStatus.Pending)]
    [InlineData(2, 2, RetryStatus.Pending)]
    [InlineData(3, 3, RetryStatus.DeadLetter)]
    [InlineData(1, 9, RetryStatus.DeadLetter)]
    public void A_lost_worker_leads_to(int crashes, int attempt, RetryStatus next) =>
        RetryTransitions.AfterCrash(crashes, attempt, maxRetries: 9).ShouldBe(next);

    [Fact]
    public void An_item_runs_alone_once_it_has_cost_two_workers() =>
        Enumerable.Range(0, 4).Select(RetryTransitions.RunsAlone).ShouldBe([false, false, true, true]);

    [Fact]
    public void Only_an_attempt_that_was_none_is_taken_back() =>
        Enum.GetValues<AckKind>().Where(RetryTransitions.RestoresAttempt).ShouldBe([AckKind.Snooze, AckKind.Returned], ignoreOrder: true);
}
