namespace Holdfast.Events;

/// <summary>
/// A token for code of others, cancelled with another one. What they have registered with it may throw when it is cancelled; that would reach
/// whoever cancels, and where this is a timer it would end the process.
/// </summary>
internal sealed class GuardedCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly Action<Exception> _tell;
    private readonly CancellationTokenRegistration _registration;

    /// <param name="tell">Told of what is thrown.</param>
    /// <param name="cause">What it is cancelled with.</param>
    public GuardedCancellation(Action<Exception> tell, CancellationToken cause)
    {
        _tell = tell;
        _registration = cause.UnsafeRegister(static guarded => ((GuardedCancellation)guarded!).Cancel(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Cancels a source with which others may have registered.</summary>
    public static async Task CancelAsync(CancellationTokenSource source, Action<Exception> tell)
    {
        try
        {
            await source.CancelAsync();
        }
        catch (AggregateException fault)
        {
            tell(fault);
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (AggregateException fault)
        {
            _tell(fault);
        }
    }
}
