using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Opens the spool's file whatever state it is in: sound, damaged, missing, or behind the mark. What is gone is recorded as lost; numbering
/// goes on above everything ever acknowledged.
/// </summary>
internal sealed class SpoolRecovery(SpoolPaths paths, SpoolDurability durability, TimeProvider time, ILogger logger)
{
    // A check of a spool of some hundred megabytes; beyond that the checksums of the batches have to do.
    private static readonly TimeSpan CheckTimeMax = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far numbering leaps when nobody knows where it ended. The mark is a second old at the most, and a second's batches and events are
    /// far fewer. A store has room for 2^48 sequence numbers, which is a leap every second for eight years.
    /// </summary>
    internal const long Leap = 1 << 20;

    /// <param name="mark">How far acknowledgements had come; null when that is not known.</param>
    /// <param name="remembered">Batches that are in memory still: they replace what cannot be read.</param>
    /// <param name="damage">Why the file is known to be damaged; null to find out.</param>
    /// <param name="leaps">Whether more may have been acknowledged than file and mark know of: then numbering goes on far above both.</param>
    /// <exception cref="SqliteException">The file can be neither opened nor replaced: disk full, I/O error, rights.</exception>
    public SpoolFile Open(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage = null, bool leaps = false)
    {
        var file = OpenAtMark(mark, remembered, damage);
        if (!leaps)
        {
            return file;
        }

        try
        {
            LeapAhead(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private SpoolFile OpenAtMark(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage)
    {
        FinishSalvage();
        if (!File.Exists(paths.Database))
        {
            // A log without its database would be played into the next one.
            SpoolPaths.Delete(paths.Database);
            return mark is null ? SpoolFile.Create(paths.Database, Guid.NewGuid(), durability) : Rebuild(mark, remembered, "missing");
        }

        if (damage is null && TryOpenSound(out damage) is { } file)
        {
            return AgainstMark(file, mark);
        }

        return Rebuild(mark, remembered, damage!);
    }

    /// <summary>A crash after a salvage was complete, and before it took its place.</summary>
    private void FinishSalvage()
    {
        if (!File.Exists(paths.Salvage))
        {
            return;
        }

        if (File.Exists(paths.Database))
        {
            SpoolPaths.Delete(paths.Salvage);
        }
        else
        {
            SpoolPaths.Move(paths.Salvage, paths.Database);
        }
    }

    /// <summary>Null, with the reason, when the content cannot be trusted.</summary>
    private SpoolFile? TryOpenSound(out string? damage)
    {
        var database = SqliteDatabase.Open(paths.Database);
        try
        {
            damage = Check(database);
            if (damage is null)
            {
                return SpoolFile.Open(database, durability);
            }
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            damage = exception.Message;
        }
        catch
        {
            database.Dispose();
            throw;
        }

        database.Dispose();
        return null;
    }

    // A schema that lacks our tables is damage too: SQLite reports a missing table as a plain error.
    private static bool IsDamage(SqliteException exception) =>
        SqliteFaults.Classify(exception) == SqliteFault.Damaged || exception.SqliteErrorCode == raw.SQLITE_ERROR;

    private string? Check(SqliteDatabase database)
    {
        using var enough = new CancellationTokenSource(CheckTimeMax, time);
        database.ObserveStop();
        database.StopWhen(enough.Token);
        try
        {
            using var report = database.Prepare("pragma quick_check(1)");
            return report.Step() && report.Text(0) is var first && first != "ok" ? first : null;
        }
        catch (SqliteException interrupted) when (interrupted.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            return null;
        }
        finally
        {
            database.StopWhen(CancellationToken.None);
        }
    }

    /// <summary>A sound file that ends before the mark has lost its tail.</summary>
    private SpoolFile AgainstMark(SpoolFile file, SpoolMark? mark)
    {
        if (mark is not null && mark.SpoolId != file.SpoolId)
        {
            logger.ForeignMark(mark.SpoolId, file.SpoolId);
            return file;
        }

        if (mark is null || mark.LastBatchSeq <= file.Counters.LastBatchSeq)
        {
            return file;
        }

        try
        {
            Settle(file, mark, SpoolGaps.Behind(file.Counters, mark, "behind_mark", time.GetUtcNow()), default);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The numbers in between may be in the store already, under other rows. The range is entered as lost, so that the store's mark can pass
    /// it; with no rows, because what was lost with the mark nobody has counted.
    /// </summary>
    private void LeapAhead(SpoolFile file)
    {
        var (batchSeq, sequence) = (file.Counters.LastBatchSeq, file.Counters.LastSequence);
        file.Begin();
        file.Counters = file.Counters.WithNumberingAbove(batchSeq + Leap, sequence + Leap);
        file.RecordLoss(new LostRange(batchSeq + 1, batchSeq + Leap, null, null, 0, 0, "unclean_end", time.GetUtcNow()));
        file.Commit();
        logger.Leapt(batchSeq + Leap, sequence + Leap);
    }

    /// <summary>A new file out of what can be read of the old one, under the old identity.</summary>
    private SpoolFile Rebuild(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string reason)
    {
        SpoolPaths.Delete(paths.Salvage);
        var salvaged = 0;
        using (var damaged = File.Exists(paths.Database) ? TryOpenDamaged() : null)
        {
            var (spoolId, counters) = TryLoadMeta(damaged) ?? (mark?.SpoolId ?? Guid.NewGuid(), default);
            using var target = SpoolFile.Create(paths.Salvage, spoolId, durability);
            salvaged = Fill(target, damaged, counters, mark?.SpoolId == spoolId ? mark : null, remembered, reason);
        }

        var keptAs = paths.Corrupt(time.GetUtcNow());
        if (File.Exists(paths.Database))
        {
            SpoolPaths.Move(paths.Database, keptAs);
            logger.Salvaged(reason, salvaged, keptAs);
        }

        SpoolPaths.Move(paths.Salvage, paths.Database);
        return SpoolFile.Open(SqliteDatabase.Open(paths.Database), durability);
    }

    private int Fill(
        SpoolFile target, SqliteDatabase? damaged, SpoolCounters old, SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string reason)
    {
        // 1. What the old file still gives, then what memory still has.
        var found = Salvage(target, damaged, Math.Max(old.LastBatchSeq, mark?.LastBatchSeq ?? 0), mark);
        AddRemembered(target, found, remembered);

        // 2. How far numbering had come, as far as anyone knows.
        var last = found.Count > 0 ? found[^1] : default;
        var numbering = old.WithNumberingAbove(last.BatchSeq, last.SequenceAfter);
        if (mark is not null)
        {
            numbering = numbering.WithNumberingAbove(mark.LastBatchSeq, mark.LastSequence);
        }

        // 3. What is missing up to there.
        var lost = SpoolGaps.Among(found, mark, numbering.LastBatchSeq, numbering.LastSequence, reason, time.GetUtcNow());
        Settle(target, mark, lost, numbering);
        return found.Count;
    }

    private List<FoundBatch> Salvage(SpoolFile target, SqliteDatabase? damaged, long lastKnown, SpoolMark? mark)
    {
        var salvage = new SpoolSalvage(target);
        var whole = damaged is not null && salvage.Walk(damaged, lastKnown);

        // What stands in the pages is taken under the identity that the mark vouches for and no other: under a new one the store could not
        // recognise what it has already.
        if (!whole && mark is not null && File.Exists(paths.Database))
        {
            using var pages = new SqlitePages(paths.Database, SpoolFile.PageSizeBytes);
            salvage.Scan(pages, mark.OldestWaiting);
        }

        foreach (var table in salvage.CutTables)
        {
            logger.TableCut(table);
        }

        return [.. salvage.Batches];
    }

    private static void AddRemembered(SpoolFile target, List<FoundBatch> found, IReadOnlyList<NumberedBatch> remembered)
    {
        var known = found.Select(f => f.BatchSeq).ToHashSet();
        target.Begin();
        foreach (var batch in remembered.Where(b => !known.Contains(b.BatchSeq)))
        {
            target.Restore(batch);
            found.Add(FoundBatch.Of(batch));
        }

        target.Recount();
        target.Commit();
        found.Sort((left, right) => left.BatchSeq.CompareTo(right.BatchSeq));
    }

    /// <summary>Records the losses, and lets numbering and running counts go on above what the old file and the mark know.</summary>
    private void Settle(SpoolFile file, SpoolMark? mark, IReadOnlyList<LostRange> lost, SpoolCounters old)
    {
        file.Begin();
        var counters = file.Counters.WithNumberingAbove(old.LastBatchSeq, old.LastSequence) with { Lost = file.Counters.Lost + old.Lost };
        if (mark is not null)
        {
            counters = counters.WithNumberingAbove(mark.LastBatchSeq, mark.LastSequence);
        }

        // Every sequence number given out was an event received; the rest is known from whoever counted furthest.
        var received = RowCounts.Max(RowCounts.Max(counters.Received, old.Received), mark?.Received ?? new(counters.LastSequence, 0, 0));
        file.Counters = counters with { Received = RowCounts.Max(received, counters.Waiting) };
        foreach (var range in lost)
        {
            file.RecordLoss(range);
            logger.Lost(range.FirstBatchSeq, range.LastBatchSeq, range.Events, range.Samples, range.Reason);
        }

        file.Commit();
    }

    private SqliteDatabase? TryOpenDamaged()
    {
        try
        {
            var damaged = SqliteDatabase.OpenReadOnly(paths.Database);

            // Without it SQLite refuses every page of a file that is shorter than its head says. Nothing is written over this connection.
            damaged.Execute("pragma writable_schema = on");
            return damaged;
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            return null;
        }
    }

    private static (Guid SpoolId, SpoolCounters Counters)? TryLoadMeta(SqliteDatabase? damaged)
    {
        try
        {
            return damaged is null ? null : MetaTable.Load(damaged);
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            return null;
        }
    }
}
