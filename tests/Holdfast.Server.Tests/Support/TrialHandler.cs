using System.Collections.Concurrent;
using Holdfast.Retries;

namespace Holdfast.Server.Tests.Support;

/// <summary>Executes operations of type <c>trial</c> as their payload says: <c>{"fail": 2}</c> fails twice, <c>{"give_up": true}</c> is given up, <c>{"hold": true}</c> waits.</summary>
internal sealed class TrialHandler : IRetryHandler
{
    private readonly ConcurrentQueue<Guid> _done = new();
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string OperationType => "trial";

    public bool AllowExternal => true;

    /// <summary>Ids of the items that were done, in their order.</summary>
    public IReadOnlyCollection<Guid> Done => _done;

    /// <summary>What waits may end.</summary>
    public void LetGo() => _letGo.TrySetResult();

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        if (context.Payload.TryGetProperty("fail", out var times) && context.Attempt <= times.GetInt32())
        {
            throw new InvalidOperationException($"The target said no to attempt {context.Attempt}.");
        }

        if (context.Payload.TryGetProperty("give_up", out _))
        {
            return RetryOutcome.GiveUp("nobody wants it");
        }

        if (context.Payload.TryGetProperty("hold", out _))
        {
            await _letGo.Task.WaitAsync(cancellationToken);
        }

        _done.Enqueue(context.Id);
        return RetryOutcome.Done;
    }
}
