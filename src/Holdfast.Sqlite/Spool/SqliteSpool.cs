using Holdfast.Spool;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// The spool in a SQLite file: one row per batch, one writer with group commit, and a mark outside the file that notices what the file
/// may lose. See <see cref="SpoolWriter"/> for the order of things.
/// </summary>
internal sealed class SqliteSpool : ISpool
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    // A file that is damaged again right after it was rebuilt lies on a disk that is failing.
    private const int RepairsPerReadMax = 2;

    private readonly SpoolEnvironment _environment;
    private readonly SpoolLock _lock;
    private readonly SharedReader _reader;
    private readonly SpoolWriter _writer;
    private readonly ITimer _ticks;
    private readonly Lazy<Task> _closing;
    private long _refusedAppends;

    private SqliteSpool(SpoolEnvironment environment, SpoolLock @lock, SharedReader reader, SpoolWriter writer)
    {
        _environment = environment;
        _lock = @lock;
        _reader = reader;
        _writer = writer;
        _closing = new Lazy<Task>(CloseAsync);
        writer.Start();

        // A tick that finds the queue full is not missed: the writer is busy, and the next one comes in a second.
        _ticks = environment.Time.CreateTimer(_ => writer.Queue.TryEnqueue(new TickCommand()), null, TimeSpan.Zero, TickPeriod);
    }

    public Guid SpoolId => _writer.Status.SpoolId;

    public SpoolDurability Durability => _environment.Durability;

    /// <summary>Transactions since the spool was opened: far fewer than appends, when many come at once.</summary>
    public long Commits => _writer.Status.Commits;

    /// <summary>Opens the spool of a data directory, whatever state its files are in.</summary>
    /// <exception cref="SpoolStartException">Another process has the directory, or it cannot be written. The message says what to do.</exception>
    public static Task<SqliteSpool> OpenAsync(SpoolOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        OpenAsync(options, time, logger, new SpoolHooks(), cancellationToken);

    /// <summary>As above, with hooks for tests.</summary>
    public static Task<SqliteSpool> OpenAsync(
        SpoolOptions options, TimeProvider time, ILogger logger, SpoolHooks hooks, CancellationToken cancellationToken)
    {
        var environment = new SpoolEnvironment(
            new SpoolPaths(options.DataDirectory), Enum.Parse<SpoolDurability>(options.Durability, ignoreCase: true), options, time, logger, hooks);
        return Task.Run(() => Open(environment), cancellationToken);
    }

    public async ValueTask<SpoolReceipt> AppendAsync(SpoolAppend append, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var entry in append.Entries)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(entry.Count, 1, nameof(append));
        }

        var command = new AppendCommand(append);
        RefuseIfFull(command.SizeBytes);
        await _writer.Queue.EnqueueAsync(command, cancellationToken);

        // From here on the rows may be on disk. Whoever leaves now would take the receipt along, and with it the news that they are.
        var receipt = await command.Completion;
        await SlowDownAsync(cancellationToken);
        return receipt;
    }

    public async ValueTask<IReadOnlyList<SpooledBatch>> ReadAsync(SpoolRead read, CancellationToken cancellationToken)
    {
        for (var repairs = 0; ;)
        {
            ObjectDisposedException.ThrowIf(_closing.IsValueCreated, this);
            var selection = new BatchSelection(read);
            var opened = _writer.Status.Opened;
            try
            {
                var damaged = await ReadOnceAsync(read, selection, cancellationToken);
                if (damaged.Count == 0)
                {
                    return selection.Batches;
                }

                await SetAsideAsync(damaged, cancellationToken);
            }
            catch (SqliteException exception) when (SqliteFaults.Classify(exception) == SqliteFault.Damaged && repairs++ < RepairsPerReadMax)
            {
                await SendAsync(new RepairCommand(exception.Message, opened), cancellationToken);
            }
            catch (SqliteException exception)
            {
                throw new SpoolUnavailableException($"The spool cannot be read: {exception.Message}", exception);
            }
        }
    }

    public async ValueTask RemoveAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken)
    {
        if (batchSeqs.Count > 0)
        {
            await DoAsync(
                commit =>
                {
                    foreach (var batchSeq in batchSeqs)
                    {
                        commit.Remove(batchSeq);
                    }
                },
                cancellationToken);
        }
    }

    public ValueTask WaitForAppendAsync(long afterBatchSeq, CancellationToken cancellationToken) =>
        _writer.Appended.WaitAsync(afterBatchSeq, cancellationToken);

    public async ValueTask ParkAsync(IReadOnlyList<ParkedRow> rows, CancellationToken cancellationToken) =>
        await SendAsync(new ParkCommand(rows, _environment.ParkedBytesMax), cancellationToken);

    public ValueTask ForgetParkedAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken) => DoAsync(
        commit =>
        {
            foreach (var batchSeq in batchSeqs)
            {
                commit.File.ForgetParked(batchSeq);
            }
        },
        cancellationToken);

    public async ValueTask<int> UnparkAsync(int rowsMax, CancellationToken cancellationToken)
    {
        var command = new UnparkCommand(rowsMax);
        await _writer.Queue.EnqueueAsync(command, cancellationToken);
        return await command.Completion;
    }

    public ValueTask<PendingValidation> TakeValidationAsync(CancellationToken cancellationToken) =>
        AskAsync(commit => commit.File.Validation.Take(Guid.CreateVersion7(commit.Now)), cancellationToken);

    public ValueTask ConfirmValidationAsync(Guid batchId, CancellationToken cancellationToken) =>
        DoAsync(commit => commit.File.Validation.Confirm(batchId), cancellationToken);

    public ValueTask<IReadOnlyList<LostRange>> ReadLossesAsync(CancellationToken cancellationToken) =>
        AskAsync(commit => commit.File.Losses.Read(), cancellationToken);

    public ValueTask ConfirmLossAsync(IReadOnlyCollection<long> firstBatchSeqs, CancellationToken cancellationToken) =>
        DoAsync(
            commit =>
            {
                foreach (var first in firstBatchSeqs)
                {
                    commit.File.Losses.Delete(first);
                }
            },
            cancellationToken);

    public ValueTask<StoreMemory> RememberStoreAsync(Guid storeId, RowCounts accounted, CancellationToken cancellationToken) =>
        AskAsync(commit => commit.File.RememberStore(storeId, accounted), cancellationToken);

    public ValueTask RaiseNumberingAsync(long batchSeq, long sequence, CancellationToken cancellationToken) =>
        DoAsync(commit => commit.File.Counters = commit.File.Counters.WithNumberingAbove(batchSeq, sequence), cancellationToken);

    public ValueTask<SpoolTotals> ReadTotalsAsync(CancellationToken cancellationToken) =>
        AskAsync(commit => Totals(commit.File.Counters), cancellationToken);

    public SpoolSnapshot Snapshot()
    {
        var status = _writer.Status;
        var counters = status.Counters;
        return new SpoolSnapshot
        {
            SpoolId = status.SpoolId,
            Durability = Durability,
            Level = SpoolBudget.Level(counters.WaitingBytes, _environment.LiveBytesMax),
            Batches = counters.WaitingBatches,
            Rows = counters.Waiting.Total,
            LiveBytes = counters.WaitingBytes,
            DiskBytesMax = _environment.LiveBytesMax,
            ParkedRows = counters.Parked.Total,
            MemoryBytes = _writer.Recent.SizeBytes + _writer.Queue.SizeBytes,
            LastBatchSeq = counters.LastBatchSeq,
            LastSequence = counters.LastSequence,
            OldestReceivedAt = counters.Oldest?.ReceivedAt,
            LastCommitDuration = status.LastCommitDuration,
            LostRows = counters.Lost.Total,
            RefusedAppends = Interlocked.Read(ref _refusedAppends),
            Fault = status.Fault,
        };
    }

    /// <summary>
    /// Does what has been handed over, writes the last mark, and closes the files. Whoever comes second waits for the same end: a process
    /// that left before would cut the closing short.
    /// </summary>
    public ValueTask DisposeAsync() => new(_closing.Value);

    private async Task CloseAsync()
    {
        await _ticks.DisposeAsync();
        _writer.Queue.Close();
        await _writer.Stopped;
        _reader.Dispose();
        _lock.Dispose();
    }

    private static SqliteSpool Open(SpoolEnvironment environment)
    {
        var @lock = SpoolLock.Take(environment.Paths);
        try
        {
            var spool = OpenWithinReserve(environment, @lock);
            var now = spool.Snapshot();
            environment.Logger.Opened(
                now.SpoolId, environment.Paths.Directory, now.Durability, now.Batches, now.Rows, now.LastBatchSeq, now.LastSequence);
            return spool;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            @lock.Dispose();
            throw new SpoolStartException(
                $"The spool in '{environment.Paths.Directory}' cannot be opened ({exception.Message.TrimEnd('.')}): make room on the disk and make the directory writable, or name another one (HOLDFAST_DATA).",
                exception);
        }
    }

    /// <summary>On a full disk even opening may need room: the reserve is for that, too.</summary>
    private static SqliteSpool OpenWithinReserve(SpoolEnvironment environment, SpoolLock @lock)
    {
        var reserve = new ReserveFile(environment.Paths.Reserve);
        try
        {
            return OpenLocked(environment, @lock);
        }
        catch (Exception exception) when (exception is SqliteException or IOException && reserve.Exists)
        {
            reserve.GiveUp();
            environment.Logger.ReserveGivenUp(ReserveFile.SizeBytes);
            return OpenLocked(environment, @lock);
        }
    }

    private static SqliteSpool OpenLocked(SpoolEnvironment environment, SpoolLock @lock)
    {
        var recovery = new SpoolRecovery(environment.Paths, environment.Durability, environment.Time, environment.Logger);
        SpoolStorage storage = environment.Durability == SpoolDurability.Memory ? new MemoryStorage(recovery) : new DiskStorage(recovery, environment.Paths, environment.Time);
        var reader = new SharedReader(environment.Paths);
        var mark = MarkFile.Open(environment.Paths.Mark);
        try
        {
            return new SqliteSpool(environment, @lock, reader, new SpoolWriter(environment, storage, mark, reader));
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    private static SpoolTotals Totals(SpoolCounters counters) => new(
        new SpoolCounts(counters.Received.Events, counters.Waiting.Events, counters.Parked.Events),
        new SpoolCounts(counters.Received.Samples, counters.Waiting.Samples, counters.Parked.Samples),
        counters.LastBatchSeq,
        counters.LastSequence);

    private void RefuseIfFull(long bytes)
    {
        var status = _writer.Status;
        var queued = _writer.Queue.SizeBytes;
        var used = status.Counters.WaitingBytes + queued;
        if (SpoolBudget.Takes(used, bytes, _environment.LiveBytesMax) && queued <= _environment.QueuedBytesMax)
        {
            return;
        }

        Interlocked.Increment(ref _refusedAppends);
        var retryAfter = status.DrainRate.TimeFor(SpoolBudget.ExcessBytes(used + bytes, _environment.LiveBytesMax));
        throw new SpoolFullException(
            $"The spool is full: {used} of {_environment.LiveBytesMax} bytes wait. Come back in {retryAfter.TotalSeconds} seconds.", retryAfter);
    }

    /// <summary>The fuller the spool, the later the answer. Whoever leaves meanwhile ends the delay: his rows are durable.</summary>
    private async Task SlowDownAsync(CancellationToken cancellationToken)
    {
        var delay = SpoolBudget.Delay(_writer.Status.Counters.WaitingBytes, _environment.LiveBytesMax);
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, _environment.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Newest batches come from memory, older ones from disk. Returns the numbers of those that do not fit their checksum.</summary>
    private async ValueTask<IReadOnlyList<long>> ReadOnceAsync(SpoolRead read, BatchSelection selection, CancellationToken cancellationToken)
    {
        if (_writer.Status.Counters.Oldest is not { } oldest)
        {
            return [];
        }

        var after = Math.Max(read.AfterBatchSeq, oldest.BatchSeq - 1);
        while (!_writer.Recent.TryRead(after, selection))
        {
            // The floor may rise while the disk is read; then the part in between is read from disk, too. So no batch is stepped over.
            var floor = _writer.Recent.Floor;
            var damaged = await ReadDiskAsync(after, floor, read, selection, cancellationToken);
            if (damaged.Count > 0 || selection.IsFull)
            {
                return damaged;
            }

            after = floor;
        }

        return [];
    }

    private async ValueTask<IReadOnlyList<long>> ReadDiskAsync(
        long after, long upTo, SpoolRead read, BatchSelection selection, CancellationToken cancellationToken)
    {
        // A file that has lost its name can be reached by the writer's connection only: a new one would open whatever stands there now.
        if (Durability == SpoolDurability.Memory || _writer.FileMoved)
        {
            return await AskAsync(commit => commit.File.Reader.Read(after, upTo, read, selection), cancellationToken);
        }

        return _reader.Read(after, upTo, read, selection);
    }

    private ValueTask SetAsideAsync(IReadOnlyList<long> damaged, CancellationToken cancellationToken) => DoAsync(
        commit =>
        {
            foreach (var batchSeq in damaged)
            {
                _environment.Logger.BatchDamaged(batchSeq);
                commit.SetAside(batchSeq, "corrupt");
            }
        },
        cancellationToken);

    private async ValueTask DoAsync(Action<GroupCommit> step, CancellationToken cancellationToken) =>
        await SendAsync(FileCommand.Of(step), cancellationToken);

    private ValueTask<TResult> AskAsync<TResult>(Func<GroupCommit, TResult> step, CancellationToken cancellationToken) =>
        SendAsync(new FileCommand<TResult>(step), cancellationToken);

    private async ValueTask<TResult> SendAsync<TResult>(SpoolCommand<TResult> command, CancellationToken cancellationToken)
    {
        await _writer.Queue.EnqueueAsync(command, cancellationToken);
        return await command.Completion.WaitAsync(cancellationToken);
    }
}
