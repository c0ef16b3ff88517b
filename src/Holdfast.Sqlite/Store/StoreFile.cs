using System.Collections.Concurrent;
using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// The connections to <c>holdfast.db</c>: one that writes, one transaction at a time, and a few that read. Work is handed in as
/// delegates; faults come out as <see cref="StoreUnavailableException"/>, and a write that failed has left nothing behind.
/// </summary>
internal sealed class StoreFile(SqliteStoreOptions options, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const int InterruptCode = 9;

    // Writer side. Auto-checkpoint at 16 MiB: large enough that a page which is written often reaches the main file once, not each time.
    private const string WriterSettings =
        """
        PRAGMA page_size = 8192;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 2000;
        PRAGMA journal_size_limit = 33554432;
        PRAGMA cache_size = -16384;
        PRAGMA temp_store = MEMORY;
        """;

    private const int PageBytes = 8_192;
    private readonly SemaphoreSlim _writerGate = new(1);
    private SqliteDatabase? _writer;

    // Reader side.
    private const string ReaderSettings = "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;";
    private readonly SemaphoreSlim _readerSlots = new(options.ReadersMax);
    private readonly ConcurrentBag<SqliteDatabase> _idleReaders = [];

    /// <summary>Called when a write was taken back: what the writer remembered of the file may be wrong now.</summary>
    public Action? OnRolledBack { get; set; }

    public string Path => options.Path;

    /// <summary>Opens the file if it is not open, and runs the work on the writing connection outside a transaction.</summary>
    public async ValueTask<T> OpenAsync<T>(Func<SqliteDatabase, T> prepare, CancellationToken cancellationToken)
    {
        await _writerGate.WaitAsync(cancellationToken);
        try
        {
            return OpenNeedsLock(prepare);
        }
        catch (SqliteException fault)
        {
            throw SqliteResultCodes.Unavailable(fault, Path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException("connection", $"The directory of {Path} cannot be made: {fault.Message}", fault);
        }
        finally
        {
            _writerGate.Release();
        }
    }

    /// <summary>Runs the work in one transaction that is committed when it returns.</summary>
    public async ValueTask<T> WriteAsync<T>(Func<SqliteDatabase, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await _writerGate.WaitAsync(cancellationToken);
        try
        {
            var result = await CommitNeedsLockAsync(_writer ?? throw NotOpen(), work);
            await BoundWalNeedsLockAsync(_writer, cancellationToken);
            return result;
        }
        catch (SqliteException fault)
        {
            throw SqliteResultCodes.Unavailable(fault, Path);
        }
        finally
        {
            _writerGate.Release();
        }
    }

    public ValueTask<T> WriteAsync<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken) =>
        WriteAsync(database => ValueTask.FromResult(work(database)), cancellationToken);

    /// <summary>Runs the work on one unchanging view of the file.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ReadTimeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        await WaitForSlotAsync(either.Token, cancellationToken);
        try
        {
            return ReadInSlot(work, either.Token);
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == InterruptCode)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TooSlow(fault);
        }
        catch (SqliteException fault)
        {
            throw SqliteResultCodes.Unavailable(fault, Path);
        }
        finally
        {
            _readerSlots.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _writerGate.WaitAsync();
        for (var slot = 0; slot < options.ReadersMax; slot++)
        {
            await _readerSlots.WaitAsync(); // a running query ends within its time limit
        }

        CloseReaders();
        _writer?.Dispose(); // the last connection to leave empties the write-ahead log
        _writer = null;
        _readerSlots.Release(options.ReadersMax);
        _writerGate.Release();
    }

    private T OpenNeedsLock<T>(Func<SqliteDatabase, T> prepare)
    {
        if (_writer is { } open)
        {
            return prepare(open);
        }

        Directory.CreateDirectory(options.DataDirectory);
        var writer = SqliteDatabase.Open(Path);
        try
        {
            SetBusyTime(writer);
            writer.Execute(WriterSettings);
            LimitSize(writer);
            var prepared = prepare(writer);
            _writer = writer;
            return prepared;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private async ValueTask<T> CommitNeedsLockAsync<T>(SqliteDatabase writer, Func<SqliteDatabase, ValueTask<T>> work)
    {
        using var transaction = writer.BeginWrite();
        try
        {
            var result = await work(writer);
            transaction.Commit();
            return result;
        }
        catch
        {
            OnRolledBack?.Invoke();
            throw;
        }
    }

    /// <summary>
    /// SQLite can start the log again from its beginning only at a moment without readers. Under a steady load of queries that moment may
    /// never come by itself; beyond the limit the writer makes it: it takes every reader's slot, which each gives back within the time limit of a query.
    /// </summary>
    private async ValueTask BoundWalNeedsLockAsync(SqliteDatabase writer, CancellationToken cancellationToken)
    {
        var wal = new FileInfo(Path + "-wal");
        if (!wal.Exists || wal.Length <= options.WalBytesMax)
        {
            return;
        }

        var taken = 0;
        try
        {
            for (; taken < options.ReadersMax; taken++)
            {
                await _readerSlots.WaitAsync(cancellationToken);
            }

            writer.Prepare("PRAGMA wal_checkpoint(TRUNCATE)").Run();
        }
        catch (Exception fault) when (fault is OperationCanceledException or SqliteException)
        {
            StoreLog.CheckpointPostponed(log, wal.Length, fault); // what was written is committed; the next write tries again
        }
        finally
        {
            if (taken > 0)
            {
                _readerSlots.Release(taken);
            }
        }
    }

    private async ValueTask WaitForSlotAsync(CancellationToken either, CancellationToken caller)
    {
        try
        {
            await _readerSlots.WaitAsync(either);
        }
        catch (OperationCanceledException waited) when (!caller.IsCancellationRequested)
        {
            throw TooSlow(waited);
        }
    }

    private T ReadInSlot<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken)
    {
        var reader = TakeReader();
        try
        {
            reader.StopWhen(cancellationToken);
            reader.Execute("BEGIN");
            var result = work(reader);
            reader.Execute("COMMIT");
            reader.StopWhen(CancellationToken.None);
            _idleReaders.Add(reader);
            return result;
        }
        catch
        {
            reader.Dispose(); // whatever state it is in; the next query opens a fresh one
            throw;
        }
    }

    private SqliteDatabase TakeReader()
    {
        if (_idleReaders.TryTake(out var idle))
        {
            return idle;
        }

        if (_writer is null)
        {
            throw NotOpen();
        }

        var reader = SqliteDatabase.Open(Path);
        SetBusyTime(reader);
        reader.Execute(ReaderSettings);
        reader.ObserveStop();
        return reader;
    }

    private void SetBusyTime(SqliteDatabase database) => database.Execute($"PRAGMA busy_timeout = {options.BusyTimeMax.TotalMilliseconds:0}");

    private void LimitSize(SqliteDatabase writer)
    {
        if (options.FileBytesMax is { } bytes)
        {
            writer.Execute($"PRAGMA max_page_count = {bytes / PageBytes}");
        }
    }

    private void CloseReaders()
    {
        while (_idleReaders.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    private StoreUnavailableException NotOpen() => new("connection", $"{Path} is not open yet.", inner: null);

    private StoreUnavailableException TooSlow(Exception inner) =>
        new("timeout", $"The query took longer than {options.ReadTimeMax.TotalSeconds:0} seconds and was ended. Ask for a shorter time or add a filter.", inner);
}
