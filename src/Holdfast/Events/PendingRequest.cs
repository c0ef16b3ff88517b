namespace Holdfast.Events;

/// <summary>A request on its way to its answer. The answer finds its way by this object, so nothing that a handler says can misdirect it.</summary>
/// <param name="ended">Cancelled when nobody waits for the answer any more.</param>
internal sealed class PendingRequest(CancellationToken ended)
{
    private readonly TaskCompletionSource<object?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CancellationToken Ended { get; } = ended;

    public void Succeed(object? answer) => _answer.TrySetResult(answer);

    /// <summary>False: nobody waits any more, so somebody else has to hear of it.</summary>
    public bool Fail(Exception fault) => _answer.TrySetException(fault);

    /// <summary>The answer. Either it comes or the waiting ends, never both: a fault that comes too late is known to be too late.</summary>
    /// <exception cref="OperationCanceledException">The waiting has ended.</exception>
    public async Task<object?> AnswerAsync()
    {
        await using var registration = Ended.UnsafeRegister(static (request, token) => ((PendingRequest)request!)._answer.TrySetCanceled(token), this);
        return await _answer.Task;
    }
}
