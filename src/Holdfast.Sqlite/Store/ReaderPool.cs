using System.Collections.Concurrent;
using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// The connections that read: a few at a time, each query on one unchanging view of the file, and none without an end. Also the writer's
/// way to a moment without readers.
/// </summary>
internal sealed class ReaderPool(SqliteStoreOptions options, TimeProvider time) : IDisposable
{
    private const int InterruptCode = 9;
    private const string Settings = "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;";

    private readonly SemaphoreSlim _slots = new(options.ReadersMax);
    private readonly ConcurrentBag<SqliteDatabase> _idle = [];

    /// <summary>Runs the query; waits while as many as allowed run already, and counts the waiting as part of its time.</summary>
    /// <exception cref="StoreUnavailableException">Its time was up, or the file cannot be read.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<SqliteDatabase, T> query, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ReadTimeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        await WaitForSlotAsync(either.Token, cancellationToken);
        try
        {
            return ReadInSlot(query, either.Token);
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == InterruptCode)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TooSlow(fault);
        }
        catch (SqliteException fault)
        {
            throw SqliteResultCodes.Unavailable(fault, options.Path);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Does the work while nobody reads: takes every slot, each of which comes free within the time limit of a query.</summary>
    public async ValueTask WhileNobodyReadsAsync(Action work, CancellationToken cancellationToken)
    {
        var taken = 0;
        try
        {
            for (; taken < options.ReadersMax; taken++)
            {
                await _slots.WaitAsync(cancellationToken);
            }

            work();
        }
        finally
        {
            if (taken > 0)
            {
                _slots.Release(taken);
            }
        }
    }

    /// <summary>Closes the idle connections; a query that comes later opens its own.</summary>
    public void CloseIdle()
    {
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    public void Dispose()
    {
        CloseIdle();
        _slots.Dispose();
    }

    private async ValueTask WaitForSlotAsync(CancellationToken either, CancellationToken caller)
    {
        try
        {
            await _slots.WaitAsync(either);
        }
        catch (OperationCanceledException waited) when (!caller.IsCancellationRequested)
        {
            throw TooSlow(waited);
        }
    }

    private T ReadInSlot<T>(Func<SqliteDatabase, T> query, CancellationToken cancellationToken)
    {
        var reader = _idle.TryTake(out var idle) ? idle : Open();
        try
        {
            reader.StopWhen(cancellationToken);
            reader.Execute("BEGIN");
            var result = query(reader);
            reader.Execute("COMMIT");
            reader.StopWhen(CancellationToken.None);
            _idle.Add(reader);
            return result;
        }
        catch
        {
            reader.Dispose(); // whatever state it is in; the next query opens a fresh one
            throw;
        }
    }

    private SqliteDatabase Open()
    {
        var reader = SqliteDatabase.OpenExisting(options.Path);
        reader.WaitWhenBusy(options.BusyTimeMax);
        reader.Execute(Settings);
        reader.ObserveStop();
        return reader;
    }

    private StoreUnavailableException TooSlow(Exception inner) =>
        new("timeout", $"The query took longer than {options.ReadTimeMax.TotalSeconds:0} seconds and was ended. Ask for a shorter time or add a filter.", inner);
}
