using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// A file of the embedded store: one connection that writes, one transaction at a time, and a pool that reads. Work is handed in as delegates;
/// faults come out as <see cref="StoreUnavailableException"/>, and a write that failed has left nothing behind.
/// </summary>
internal sealed class StoreFile(SqliteStoreOptions options, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const int PageBytes = 8_192;

    // Auto-checkpoint at 16 MiB: large enough that a page which is written often reaches the main file once, not each time.
    private static readonly string WriterSettings =
        $"""
        PRAGMA page_size = {PageBytes};
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 2000;
        PRAGMA journal_size_limit = 33554432;
        PRAGMA cache_size = -16384;
        PRAGMA temp_store = MEMORY;
        """;

    private readonly ReaderPool _readers = new(options, time);
    private readonly SemaphoreSlim _writerGate = new(1);
    private volatile SqliteDatabase? _writer;
    private volatile FileWatch? _watch;
    private int _disposed;

    /// <summary>Called when a write was taken back: what the writer remembered of the file may be wrong now.</summary>
    public Action? OnRolledBack { get; set; }

    public string Path => options.Path;

    /// <summary>Opens the file if it is not open, and runs the work on the writing connection outside a transaction.</summary>
    public async ValueTask<T> OpenAsync<T>(Func<SqliteDatabase, T> prepare, CancellationToken cancellationToken)
    {
        await _writerGate.WaitAsync(cancellationToken);
        try
        {
            if (IsMoved)
            {
                await LetGoNeedsLockAsync(cancellationToken);
            }

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

    /// <summary>
    /// Runs the work in one transaction that is committed when it returns. A commit into a file that has lost its name counts as none: the
    /// spool keeps what was in it.
    /// </summary>
    public async ValueTask<T> WriteAsync<T>(Func<SqliteDatabase, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await _writerGate.WaitAsync(cancellationToken);
        try
        {
            var writer = _writer ?? throw NotOpen();
            var result = await CommitNeedsLockAsync(writer, work);
            ThrowIfMoved();
            await BoundWalNeedsLockAsync(writer, cancellationToken);
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

    /// <summary>Runs the query on one unchanging view of the file.</summary>
    public ValueTask<T> ReadAsync<T>(Func<SqliteDatabase, T> query, CancellationToken cancellationToken)
    {
        _ = _writer ?? throw NotOpen();
        ThrowIfMoved();
        return _readers.ReadAsync(query, cancellationToken);
    }

    /// <summary>May be called again: a shutdown closes the files early, and the owner disposes of what it made all the same.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _writerGate.WaitAsync();
        var writer = _writer;
        _writer = null;
        await _readers.WhileNobodyReadsAsync(_readers.CloseIdle, CancellationToken.None);
        writer?.Dispose(); // the last connection to leave empties the write-ahead log
        _readers.Dispose();
        _writerGate.Dispose();
    }

    private T OpenNeedsLock<T>(Func<SqliteDatabase, T> prepare)
    {
        if (_writer is { } open)
        {
            return prepare(open);
        }

        // Only at the start: a directory that is gone later was taken away with the spool in it. A store made there meanwhile would take
        // batches that are missed when the directory is put back.
        if (_watch is null)
        {
            Directory.CreateDirectory(options.DataDirectory);
        }

        var writer = SqliteDatabase.Open(Path);
        try
        {
            writer.WaitWhenBusy(options.BusyTimeMax);
            writer.Execute(WriterSettings);
            LimitSize(writer);
            var prepared = prepare(writer);
            _watch = new FileWatch(Path, Path + "-wal");
            _writer = writer;
            return prepared;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private bool IsMoved => _writer is not null && _watch?.FindMoved() is not null;

    private void ThrowIfMoved()
    {
        if (IsMoved)
        {
            throw new StoreUnavailableException(
                StoreUnavailableException.Moved,
                $"{Path} is no longer the file that was opened: it was deleted, renamed or replaced. Nothing more is stored in it; what stands there now is opened, or a new store is made.",
                inner: null);
        }
    }

    /// <summary>
    /// Closes a file that has lost its name. Its log is played into it first: a file that was only renamed is whole then, and no log is left
    /// behind to be played into the file that comes after it.
    /// </summary>
    private ValueTask LetGoNeedsLockAsync(CancellationToken cancellationToken) => _readers.WhileNobodyReadsAsync(
        () =>
        {
            using var writer = _writer!;
            _writer = null;
            _readers.CloseIdle();
            OnRolledBack?.Invoke();
            writer.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        },
        cancellationToken);

    private void LimitSize(SqliteDatabase writer)
    {
        if (options.FileBytesMax is { } bytes)
        {
            writer.Execute($"PRAGMA max_page_count = {bytes / PageBytes}");
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
    /// never come by itself; beyond the limit the writer makes it.
    /// </summary>
    private async ValueTask BoundWalNeedsLockAsync(SqliteDatabase writer, CancellationToken cancellationToken)
    {
        var wal = new FileInfo(Path + "-wal");
        if (!wal.Exists || wal.Length <= options.WalBytesMax)
        {
            return;
        }

        try
        {
            await _readers.WhileNobodyReadsAsync(() => writer.Prepare("PRAGMA wal_checkpoint(TRUNCATE)").Run(), cancellationToken);
        }
        catch (Exception fault) when (fault is OperationCanceledException or SqliteException)
        {
            StoreLog.CheckpointPostponed(log, wal.Length, fault); // what was written is committed; the next write tries again
        }
    }

    private StoreUnavailableException NotOpen() => new("connection", $"{Path} is not open.", inner: null);
}
