using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>What needs attention in a <see cref="MemoryRetryStore"/>, the worst first.</summary>
internal static class MemoryRetryAlerts
{
    public static IEnumerable<RetryAlert> Of(MemoryRetries retries, DateTimeOffset now) =>
    [
        .. With(retries, RetryStatus.DeadLetter).Select(retry =>
            Alert(retry, RetryAlertReasons.DeadLetter, retry.Item.UpdatedAt, retry.Item.LastFailure?.Message ?? "taken out of the queue by an operator")),
        .. With(retries, RetryStatus.Pending, RetryStatus.Processing).Where(NearsLimit).Select(retry =>
            Alert(retry, RetryAlertReasons.ManyAttempts, retry.Item.UpdatedAt, Attempts(retry))),
        .. MemoryRetryWork.Stale(retries, now).Select(retry =>
            Alert(retry, RetryAlertReasons.StaleLease, EndOfLease(retries, retry), "held by a process whose lease has ended")),
        .. With(retries, RetryStatus.Pending).Where(retry => retry.Item.CreatedAt < now - TimeSpan.FromDays(1)).Select(retry =>
            Alert(retry, RetryAlertReasons.OldPending, retry.Item.CreatedAt, Attempts(retry))),
    ];

    private static bool NearsLimit(MemoryRetry retry) => RetryTransitions.NearsLimit(retry.Item.Attempt, retry.Item.What.MaxRetries);

    private static string Attempts(MemoryRetry retry) => $"attempt {retry.Item.Attempt} of {retry.Item.What.MaxRetries}";

    private static DateTimeOffset EndOfLease(MemoryRetries retries, MemoryRetry retry) => retries.Leases.EndOf(retry.Item.Holder!.Process);

    private static IEnumerable<MemoryRetry> With(MemoryRetries retries, params RetryStatus[] statuses) =>
        retries.All.Where(retry => statuses.Contains(retry.Item.Status)).OrderBy(retry => retry.Item.UpdatedAt);

    private static RetryAlert Alert(MemoryRetry retry, string reason, DateTimeOffset since, string detail) =>
        new(reason, retry.Item.Id, $"{retry.Item.What.OperationType}: {detail}", since);
}
