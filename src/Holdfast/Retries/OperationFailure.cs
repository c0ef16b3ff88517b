namespace Holdfast.Retries;

/// <summary>
/// What a failure event on the bus carries so that the operation is executed again: publish it under a type such as <c>payment.failed</c>,
/// <c>payment.error</c> or <c>payment.timeout</c>.
/// </summary>
/// <param name="Operation">The operation itself with its arguments. Null: there is nothing to execute; it becomes a dead letter that says so.</param>
/// <param name="Error">What went wrong, for people.</param>
public sealed record OperationFailure(RetryDraft? Operation, string Error)
{
    /// <summary>What kind of failure it is. <c>validation</c>, <c>unauthorized</c>, <c>forbidden</c> and <c>not_found</c> are the caller's faults, and never executed again.</summary>
    public string? ErrorClass { get; init; }
}

/// <summary>A retry has come to its end in this process; the data of <c>retry.success</c> and <c>retry.failed</c>.</summary>
/// <param name="Id">Of the item.</param>
/// <param name="OperationType">Its operation type.</param>
/// <param name="Target">What it was done to.</param>
/// <param name="CorrelationId">That of the original operation.</param>
/// <param name="Attempt">The last attempt, from 1.</param>
/// <param name="MaxRetries">Attempts it had in all.</param>
/// <param name="Status">How it ended.</param>
/// <param name="LastError">Why it failed; null: it did not.</param>
public sealed record SettledRetry(
    Guid Id, string OperationType, string Target, string? CorrelationId, int Attempt, int MaxRetries, RetryStatus Status, string? LastError);
