namespace Holdfast.Faults.Support;

/// <summary>A producer at work until it is ended.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending;
    private readonly Task _work;

    public Load(Producer producer, Uri server, CancellationToken cancellationToken)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _work = producer.RunAsync(server, _ending.Token);
    }

    /// <summary>Returns when every request has its answer, or never will have one.</summary>
    public async Task EndAsync()
    {
        await _ending.CancelAsync();
        await _work;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _ending.Dispose();
    }
}
