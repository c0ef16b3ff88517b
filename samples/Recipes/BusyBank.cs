using System.Text.Json;

namespace Recipes;

/// <summary>Answers at the second call.</summary>
internal sealed class BusyBank : IBank
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    /// <summary>The call that was answered.</summary>
    public Task<int> Done => _done.Task;

    public Task<BankAnswer> ChargeAsync(JsonElement order, string? key, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _calls) == 1)
        {
            throw new TimeoutException("The bank is busy.");
        }

        _done.TrySetResult(_calls);
        return Task.FromResult(new BankAnswer(Declined: false));
    }
}
