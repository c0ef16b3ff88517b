using Holdfast.Spool;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// The one who writes: a loop on a thread of its own that takes what has arrived, commits it together, syncs the mark, and only then
/// acknowledges. Whatever goes wrong with the file, the loop goes on: the group fails, nothing of it is acknowledged, and the next one
/// finds the file rolled back or opened anew.
/// </summary>
internal sealed class SpoolWriter
{
    // What a group takes at the most, beside its first command. One sync costs about as much as writing this much.
    private const long GroupBytesMax = 256 << 10;

    private readonly SpoolEnvironment _environment;
    private readonly SpoolStorage _storage;
    private readonly SharedReader _reader;
    private readonly SpoolHousekeeping _housekeeping;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The writer's thread only.
    private readonly List<SpoolCommand> _group = [];
    private readonly GroupCommit _commit = new();
    private readonly MarkFile _mark;
    private SpoolFile? _file;
    private string? _damage;
    private bool _failedSinceTick;

    // Written by the writer's thread, read by anyone.
    private volatile SpoolStatus _status;

    /// <summary>Opens the file. The loop begins with <see cref="Start"/>.</summary>
    public SpoolWriter(SpoolEnvironment environment, SpoolStorage storage, MarkFile mark, SharedReader reader)
    {
        _environment = environment;
        _storage = storage;
        _reader = reader;
        _mark = mark;
        _file = OpenFirst(environment, storage, mark);
        _status = new SpoolStatus(_file.SpoolId, _file.Counters);
        _housekeeping = new SpoolHousekeeping(environment);
        Recent = new RecentBatches(environment.RecentBytesMax, _file.Counters.LastBatchSeq);
        Appended.Set(_file.Counters.NewestWaiting);
    }

    public SpoolQueue Queue { get; } = new();

    public RecentBatches Recent { get; }

    public AppendSignal Appended { get; } = new();

    public SpoolStatus Status => _status;

    /// <summary>Whether the file is at this moment no longer the one under its name.</summary>
    public bool FileMoved => _storage.FindMoved() is not null;

    /// <summary>Completes when the loop has ended and the file is closed.</summary>
    public Task Stopped => _stopped.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "holdfast spool writer" }.Start();

    /// <summary>The loop. It ends when the queue is closed and everything in it is done.</summary>
    private void Run()
    {
        while (Queue.Take(_group, GroupBytesMax))
        {
            try
            {
                Execute();
            }
            catch (Exception exception)
            {
                _environment.Logger.WriterFailed(exception);
                FailGroup(exception);
                DropFile();
            }
        }

        Close();
        _stopped.TrySetResult();
    }

    /// <summary>Opens the file, above all that a run without an orderly end may have given out, and notes what kind of run this one is.</summary>
    private static SpoolFile OpenFirst(SpoolEnvironment environment, SpoolStorage storage, MarkFile mark)
    {
        var trails = environment.Durability != SpoolDurability.Durable;
        var leaps = mark.MayTrail;
        mark.NoteTrailing(trails || leaps);
        var file = storage.Open(mark.Current, [], damage: null, leaps);
        try
        {
            mark.NoteTrailing(trails);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Execute()
    {
        // 1. A file that a reader found damaged is replaced first.
        _damage ??= FindRepair()?.Damage;
        if (_damage is not null)
        {
            DropFile();
        }

        // 2. Nothing is added to a file that nobody will find again. What leaves it still may.
        if (_status.Moved)
        {
            FailAdditions(new FileMovedException(_storage.FindMoved() ?? _environment.Paths.Database));
        }

        // 3. The group, in one transaction. On a full disk what makes room still goes through.
        var fault = TryCommit();
        if (IsFull(fault))
        {
            FailAppends(fault!);
            fault = _group.Count == 0 ? fault : TryCommit();
        }

        if (fault is not null)
        {
            NoteFault(fault);
            FailGroup(fault);
            return;
        }

        // 4. The mark, and whether the files are in place, before anyone is told. 5. Everyone is told. 6. What nobody waits for.
        var ticked = _group.Exists(c => c is TickCommand);
        var attestFault = Attest(ticked);
        Publish();
        NoteHealth(attestFault, ticked);
        SettleGroup(attestFault);
        KeepHouse(ticked);
    }

    private RepairCommand? FindRepair() => _group.Find(c => c is RepairCommand repair && repair.Opened == _status.Opened) as RepairCommand;

    private Exception? TryCommit()
    {
        var started = _environment.Time.GetTimestamp();
        try
        {
            var file = OpenFile();
            _environment.Hooks.BeforeGroup?.Invoke(file);
            _commit.Begin(file, _environment.Time.GetUtcNow());
            file.Begin();
            if (_status.Fault is not null)
            {
                file.Probe();
            }

            foreach (var command in _group)
            {
                command.Apply(_commit);
            }

            _environment.Hooks.BeforeCommit?.Invoke(file);
            file.Commit();
            _status = _status with { LastCommitDuration = _environment.Time.GetElapsedTime(started), Commits = _status.Commits + 1 };
            return null;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            Undo(exception);
            return exception;
        }
    }

    private SpoolFile OpenFile()
    {
        if (_file is not null)
        {
            return _file;
        }

        lock (_reader.Gate)
        {
            _reader.CloseNeedsLock();
            _file = _storage.Open(_mark.Current, Recent.ToList(), _damage, leaps: false);
        }

        _damage = null;
        _status = _status with { Counters = _file.Counters, Opened = _status.Opened + 1 };
        return _file;
    }

    private void Undo(Exception exception)
    {
        var fault = exception is SqliteException sqlite ? SqliteFaults.Classify(sqlite) : SqliteFault.Broken;
        if (fault == SqliteFault.Damaged)
        {
            _damage = exception.Message;
        }

        if (fault is SqliteFault.Damaged or SqliteFault.Broken || !TryRollback())
        {
            DropFile();
        }
    }

    private bool TryRollback()
    {
        try
        {
            _file?.Rollback();
            return true;
        }
        catch (SqliteException exception)
        {
            _environment.Logger.WriterFailed(exception);
            return false;
        }
    }

    /// <summary>
    /// Lets go of a file that is no longer to be trusted. In mode memory, and when the file has lost its name, there is no other: it is
    /// rolled back and kept.
    /// </summary>
    private void DropFile()
    {
        if (!_storage.CanReopen || _storage.FindMoved() is not null)
        {
            TryRollback();
            return;
        }

        _file?.Dispose();
        _file = null;
    }

    private static bool IsFull(Exception? fault) =>
        fault is SqliteException sqlite && SqliteFaults.Classify(sqlite) == SqliteFault.Full;

    /// <summary>Gives up the reserve, and keeps in the group only what adds nothing.</summary>
    private void FailAppends(Exception fault)
    {
        _housekeeping.GiveUpReserve();
        FailAdditions(fault);
    }

    private void FailAdditions(Exception fault)
    {
        NoteFault(fault);
        foreach (var command in _group.Where(c => c.Adds))
        {
            Settle(command, Unavailable(fault));
        }

        _group.RemoveAll(c => c.Adds);
    }

    /// <summary>
    /// What an acknowledgement rests on beside the commit: the mark, and that the files are still those under their names. SQLite goes on
    /// writing into a deleted file without a word. Asked before the mark, because a new mark has no business beside a foreign file, and after
    /// it, so that nothing but the acknowledgement itself comes after the last look.
    /// </summary>
    private Exception? Attest(bool ticked) => ticked || _group.Exists(c => c.NeedsMark)
        ? FindMoved() ?? (MarkIsDue(ticked) ? TryWriteMark() : null) ?? FindMoved()
        : null;

    private FileMovedException? FindMoved()
    {
        var moved = _storage.FindMoved();
        if (_status.Moved != (moved is not null))
        {
            _status = _status with { Moved = moved is not null };
        }

        return moved is null ? null : new FileMovedException(moved);
    }

    // Durable: with every acknowledgement. The other modes promise less, and sync once a second.
    private bool MarkIsDue(bool ticked) => ticked || _environment.Durability == SpoolDurability.Durable;

    private Exception? TryWriteMark()
    {
        var mark = SpoolMark.Of(_file!.SpoolId, _file.Counters);
        if (mark == _mark.Current)
        {
            return null;
        }

        try
        {
            _environment.Hooks.BeforeMark?.Invoke();
            _mark.Write(mark);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception;
        }
    }

    /// <summary>Shows what has been committed. Batches come into sight before they are acknowledged, never the other way round.</summary>
    private void Publish()
    {
        foreach (var batch in _commit.Appended)
        {
            Recent.Add(batch);
        }

        foreach (var batchSeq in _commit.Removed)
        {
            Recent.Remove(batchSeq);
        }

        var counters = _commit.File.Counters;
        _housekeeping.NoteLevel(counters.WaitingBytes);
        _housekeeping.NoteRemoved(_commit.RemovedBytes);
        _status = _status with { Counters = counters };
        Appended.Set(counters.NewestWaiting);
    }

    private void SettleGroup(Exception? attestFault)
    {
        foreach (var command in _group)
        {
            Settle(command, attestFault is not null && command.NeedsMark ? Unavailable(attestFault) : null);
        }

        _group.Clear();
    }

    private void FailGroup(Exception fault)
    {
        foreach (var command in _group)
        {
            Settle(command, Unavailable(fault));
        }

        _group.Clear();
    }

    /// <summary>Once and no more: an error in the middle of settling a group fails the rest of it, not those that are done.</summary>
    private void Settle(SpoolCommand command, Exception? failure)
    {
        if (!command.TrySettle())
        {
            return;
        }

        Queue.Release(command);
        if (failure is null)
        {
            command.Succeed();
        }
        else
        {
            command.Fail(failure);
        }
    }

    /// <summary>An error here costs nobody an acknowledgement, but it says something about the file.</summary>
    private void KeepHouse(bool ticked)
    {
        // What lies under the names now is not ours.
        if (_status.Moved)
        {
            return;
        }

        try
        {
            _environment.Hooks.BeforeHousekeeping?.Invoke();
            _housekeeping.CheckpointIfDue(_file!, Queue, _commit.AppendedBytes);
            if (ticked)
            {
                _failedSinceTick = false;
                _status = _status with { DrainRate = _housekeeping.Tick(_file!, Queue, _status.DrainRate) };
            }
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            NoteFault(exception);
            Undo(exception);
        }
    }

    /// <summary>
    /// A fault ends when an append goes through, or when for a second none failed and the file can be written. Less would not do: on a full
    /// disk a removal succeeds between two appends that fail.
    /// </summary>
    private void NoteHealth(Exception? attestFault, bool ticked)
    {
        if (attestFault is not null)
        {
            NoteFault(attestFault);
        }
        else if (_status.Fault is not null && (_commit.Appended.Count > 0 || (!_failedSinceTick && ticked)))
        {
            _environment.Logger.Recovered();
            _status = _status with { Fault = null };
        }
    }

    private void NoteFault(Exception fault)
    {
        _failedSinceTick = true;
        if (_status.Fault != fault.Message)
        {
            _environment.Logger.Faulted(fault.Message);
            _status = _status with { Fault = fault.Message };
        }
    }

    private static SpoolUnavailableException Unavailable(Exception fault) => new($"The spool cannot be written: {fault.Message}", fault);

    private void Close()
    {
        try
        {
            if (_file is not null)
            {
                CloseFile(_file);
            }
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _environment.Logger.CloseFailed(exception.Message);
        }

        _mark.Dispose();
    }

    private void CloseFile(SpoolFile file)
    {
        var counters = file.Counters;
        string? rescued;
        lock (_reader.Gate)
        {
            _reader.CloseNeedsLock();
            rescued = _storage.Close(file);
        }

        if (rescued is not null)
        {
            _environment.Logger.Rescued(counters.WaitingBatches, rescued);
        }

        // A mark beside another spool's file would be a false witness.
        if (rescued is null || rescued == _environment.Paths.Database)
        {
            _mark.Write(SpoolMark.Of(file.SpoolId, counters));
            _mark.NoteTrailing(false);
        }

        _environment.Logger.Closed(counters.WaitingBatches, counters.Waiting.Total);
    }
}
