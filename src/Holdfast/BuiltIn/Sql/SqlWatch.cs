using System.Collections.Concurrent;
using Holdfast.Pipeline;

namespace Holdfast.BuiltIn.Sql;

/// <summary>Looks every few seconds whether the named databases are there: keeps connections warm, and tells when one is lost or found.</summary>
/// <param name="tell">Told of each database that turned: its name, and why it is lost (null: it is there).</param>
internal sealed class SqlWatch(SqlConnections connections, Action<string, string?> tell, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<string, bool> _there = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _watching = Task.CompletedTask;

    /// <summary>Completes when each was looked at once, whatever was found.</summary>
    public Task Looked => _looked.Task;

    public IEnumerable<string> Lost => _there.Where(one => !one.Value).Select(one => one.Key).Order(StringComparer.Ordinal);

    public void Start() => _watching = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await Task.WhenAll(connections.Names.Select(name => LookAsync(name, cancellationToken)));
            _looked.TrySetResult();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task LookAsync(string name, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await connections.Find(name, background: false)!.ProbeAsync(ends.Token);
            Note(name, null);
        }
        catch (StoreUnavailableException fault)
        {
            Note(name, fault.Reason);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Note(name, "no answer, or no connection free, in time");
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: one database must not end the watch over the others.
            Note(name, fault.Message);
        }
    }

    private void Note(string name, string? lostBecause)
    {
        var there = lostBecause is null;
        if (!_there.TryGetValue(name, out var was) || was != there)
        {
            _there[name] = there;
            tell(name, lostBecause);
        }
    }
}
