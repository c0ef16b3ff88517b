namespace Holdfast.Postgres.Database;

/// <summary>
/// The time that one operation has. When it is over, or when the caller goes, the operation is asked to stop. The driver then asks the server
/// to stop, and waits for its answer without any limit: before a server that takes connections and says nothing, that is for ever. So an
/// operation that has not stopped a while later is left behind, with its connection, and ends when TCP notices that nobody is there.
/// </summary>
internal sealed class OperationTime : IDisposable
{
    // The driver takes up to two seconds to cancel a statement in good order, and five to find that it cannot connect.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    // Not disposed of: it may be cancelled, or listened to, after this operation is left behind, and without a timer it holds nothing.
    private readonly CancellationTokenSource _stop = new();

    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _leave;
    private readonly CancellationTokenRegistration _onCaller;
    private readonly CancellationTokenRegistration _onLimit;

    public OperationTime(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        _limit = new CancellationTokenSource(limit, time);
        _leave = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _onLimit = _limit.Token.UnsafeRegister(static self => ((OperationTime)self!).AskToStop(), this);
        _onCaller = caller.UnsafeRegister(static self => ((OperationTime)self!).AskToStop(), this);
    }

    /// <summary>Asks the operation to stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Whether it took longer than its limit.</summary>
    public bool IsOver => _limit.IsCancellationRequested;

    /// <summary>The outcome of the operation; when it does not stop, what asked it to: an <see cref="OperationCanceledException"/>.</summary>
    /// <param name="running">It must obey <see cref="Stop"/> as far as it can.</param>
    /// <param name="leftBehind">Told when it is left behind.</param>
    public async ValueTask<T> WaitForAsync<T>(Task<T> running, Action leftBehind)
    {
        try
        {
            return await running.WaitAsync(_leave.Token);
        }
        catch (OperationCanceledException) when (!running.IsCompleted)
        {
            leftBehind();

            // Nobody asks for its fault any more, which is that of a connection that nobody uses.
            _ = running.ContinueWith(
                static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    public void Dispose()
    {
        // Waits for one that is running.
        _onCaller.Dispose();
        _onLimit.Dispose();
        _limit.Dispose();
        _leave.Dispose();
    }

    // On a thread of its own: the driver's answer to it may block, and would hold up whoever cancels.
    private void AskToStop()
    {
        _leave.CancelAfter(Grace);
        ThreadPool.UnsafeQueueUserWorkItem(static stop => stop.Cancel(), _stop, preferLocal: false);
    }
}
