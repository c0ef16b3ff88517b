namespace Holdfast.Retries;

/// <summary>The way into the queue of failed operations for .NET applications.</summary>
public interface IRetryQueue
{
    /// <summary>Hands in one operation. When the task completes, it is durable: it survives a crash of this process.</summary>
    /// <param name="draft">The operation.</param>
    /// <param name="cancellationToken">Ends the waiting. The item may be taken all the same: hand it in with an id, and a repeat is a duplicate.</param>
    /// <exception cref="RetryRejectedException">The draft breaks a rule; all faults are listed.</exception>
    ValueTask<EnqueuedRetry> EnqueueAsync(RetryDraft draft, CancellationToken cancellationToken = default);

    /// <summary>Hands in many operations, all or none. The answer has a line for each, in their order.</summary>
    /// <param name="drafts">Up to 10,000.</param>
    /// <param name="cancellationToken">Ends the waiting. The items may be taken all the same.</param>
    /// <exception cref="RetryRejectedException">A draft breaks a rule; all faults of all drafts are listed, and nothing was taken.</exception>
    ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<RetryDraft> drafts, CancellationToken cancellationToken = default);
}

/// <summary>One thing that is wrong with a draft.</summary>
/// <param name="Index">Which draft of those that were handed in, from 0.</param>
/// <param name="Field">The field, as on the wire: <c>operation_type</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record RetryError(int Index, string Field, string Message);

/// <summary>Drafts were not accepted; nothing was taken. <see cref="Errors"/> has every fault.</summary>
/// <param name="errors">At least one.</param>
public sealed class RetryRejectedException(IReadOnlyList<RetryError> errors)
    : Exception("Rejected: " + string.Join("; ", errors.Take(ErrorsInMessage).Select(error => $"[{error.Index}] {error.Field}: {error.Message}")))
{
    private const int ErrorsInMessage = 10;

    /// <summary>Every fault, not only the first.</summary>
    public IReadOnlyList<RetryError> Errors { get; } = errors;
}
