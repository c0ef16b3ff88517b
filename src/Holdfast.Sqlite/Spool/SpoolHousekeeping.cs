using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>What the writer does beside writing, after it has acknowledged: empties the log, gives disk back, keeps the reserve, measures how fast batches leave.</summary>
internal sealed class SpoolHousekeeping(SpoolEnvironment environment)
{
    // The log is played into the file when this much is in it: sooner when nobody waits, since a small checkpoint takes 2 to 3 ms and a large
    // one five times that; later under load, since both cost two syncs.
    private const long LogBytesWhenIdle = 1 << 20;
    private const long LogBytesWhenBusy = 4 << 20;

    // The pages a commit writes beside its payload.
    private const long LogBytesPerCommit = 32 << 10;

    // Free pages worth keeping: the next second of a busy spool fills them again.
    private const long FreePagesKept = 2_048;

    // One step, about 2 MiB: short enough that an append which arrives meanwhile does not notice.
    private const int PagesPerStep = 256;
    private static readonly TimeSpan VacuumTimeMax = TimeSpan.FromMilliseconds(50);

    private readonly ReserveFile _reserve = new(environment.Paths.Reserve);
    private SpoolLevel _level;
    private long _logBytes;
    private long _changesSeen;
    private long _removedBytes;
    private long _measuredAt = environment.Time.GetTimestamp();
    private string? _reserveFault;

    public void NoteRemoved(long bytes) => _removedBytes += bytes;

    /// <summary>After each group. Done here and not by SQLite inside the commit, where those who are to be acknowledged would wait for it.</summary>
    public void CheckpointIfDue(SpoolFile file, SpoolQueue queue, long committedBytes)
    {
        // A group that only asked has written nothing; a tick asks every second.
        if (file.Database.TotalChanges is var changes && changes == _changesSeen)
        {
            return;
        }

        _changesSeen = changes;
        _logBytes += committedBytes + LogBytesPerCommit;
        if (_logBytes >= LogBytesWhenBusy || (_logBytes >= LogBytesWhenIdle && queue.IsEmpty))
        {
            _logBytes = 0;
            file.Database.Execute("pragma wal_checkpoint(passive)");
        }
    }

    /// <summary>Says it once when the fill crosses a line.</summary>
    public void NoteLevel(long liveBytes)
    {
        var level = SpoolBudget.Level(liveBytes, environment.LiveBytesMax);
        if (level != _level)
        {
            _level = level;
            environment.Logger.LevelChanged(level, liveBytes, environment.LiveBytesMax);
        }
    }

    public void GiveUpReserve()
    {
        if (_reserve.Exists)
        {
            _reserve.GiveUp();
            environment.Logger.ReserveGivenUp(ReserveFile.SizeBytes);
        }
    }

    /// <summary>Returns the drain rate up to now.</summary>
    public DrainRate Tick(SpoolFile file, SpoolQueue queue, DrainRate rate)
    {
        MakeReserve();
        GiveBackSpace(file, queue);
        return Measure(rate);
    }

    private void MakeReserve()
    {
        try
        {
            if (environment.Durability != SpoolDurability.Memory && _reserve.MakeIfRoom())
            {
                environment.Logger.ReserveMade(ReserveFile.SizeBytes);
            }

            _reserveFault = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NoteReserveFault(exception.Message);
        }
    }

    // Asked every second, said once.
    private void NoteReserveFault(string reason)
    {
        if (_reserveFault != reason)
        {
            _reserveFault = reason;
            environment.Logger.ReserveFailed(reason);
        }
    }

    private void GiveBackSpace(SpoolFile file, SpoolQueue queue)
    {
        // At least one step a second, however busy: else a spool that is never idle would never shrink.
        var started = environment.Time.GetTimestamp();
        var steps = 0;
        while (file.Database.ReadNumber("pragma freelist_count") > FreePagesKept
            && (steps == 0 || (queue.IsEmpty && environment.Time.GetElapsedTime(started) < VacuumTimeMax)))
        {
            file.Database.Execute($"pragma incremental_vacuum({PagesPerStep})");
            steps++;
        }

        if (steps > 0)
        {
            // The file itself becomes shorter only when the log is played into it.
            file.Database.Execute("pragma wal_checkpoint(passive)");
        }
    }

    private DrainRate Measure(DrainRate rate)
    {
        var now = environment.Time.GetTimestamp();
        var next = rate.After(_removedBytes, environment.Time.GetElapsedTime(_measuredAt, now));
        (_removedBytes, _measuredAt) = (0, now);
        return next;
    }
}
