using Holdfast.Pipeline;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Sql;

/// <summary>
/// The connections of one name for one purpose. Who finds all in use waits within its own time. After a run of network errors, or of questions that
/// got no answer in time, every connection is given up: those that stood idle while the network broke are as dead as the ones that said so.
/// </summary>
internal sealed class SqlLane(string connection, string name, ISqlPool pool, int size, SqlMetrics metrics) : IAsyncDisposable
{
    /// <summary>Network errors in a row after which connections are given up.</summary>
    public const int ErrorsMax = 3;

    private readonly SemaphoreSlim _free = new(size, size);
    private int _errors;

    public string Connection => connection;

    /// <summary><c>critical</c> or <c>background</c>.</summary>
    public string Name => name;

    public int Size => size;

    public int InUse => size - _free.CurrentCount;

    /// <inheritdoc cref="ISqlPool.RunAsync"/>
    public Task<IReadOnlyList<SqlRan>> RunAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken) =>
        UseAsync(token => pool.RunAsync(statements, token), cancellationToken);

    /// <summary>Asks whether the database is there; keeps a connection warm by the way.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => UseAsync(
        async token =>
        {
            await pool.ProbeAsync(token);
            return true;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        _free.Dispose();
    }

    private async Task<T> UseAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (!_free.Wait(0, CancellationToken.None))
        {
            metrics.Exhausted(this);
            await _free.WaitAsync(cancellationToken);
        }

        try
        {
            var result = await work(cancellationToken);
            Note(null);
            return result;
        }
        catch (Exception fault)
        {
            Note(fault);
            throw;
        }
        finally
        {
            _free.Release();
        }
    }

    private void Note(Exception? fault)
    {
        metrics.Ran(this, OutcomeOf(fault));
        if (fault is not (StoreUnavailableException { Code: "connection" or "timeout" } or OperationCanceledException))
        {
            Volatile.Write(ref _errors, 0);
        }
        else if (Interlocked.Increment(ref _errors) % ErrorsMax == 0)
        {
            pool.Clear();
            metrics.Cleared(this);
        }
    }

    private static string OutcomeOf(Exception? fault) => fault switch
    {
        null => "done",
        SqlOperationRefusedException => "refused",
        StoreUnavailableException => "unavailable",
        OperationCanceledException => "timed_out",
        _ => "failed",
    };
}
