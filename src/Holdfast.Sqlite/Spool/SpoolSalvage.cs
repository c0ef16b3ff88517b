using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Copies what can still be read from a damaged file into a new one. A batch is taken when its row can be found and its checksum fits;
/// every batch keeps its number, so what is missing shows as a hole.
/// </summary>
internal sealed class SpoolSalvage(SpoolFile target)
{
    // What one transaction holds at most: the log must not grow to the size of the spool.
    private const long BytesPerCommit = 16L << 20;

    private readonly SortedDictionary<long, FoundBatch> _batches = [];
    private readonly List<string> _cutTables = [];
    private long _bytesSinceCommit;

    /// <summary>The batches that were taken, by ascending number.</summary>
    public IEnumerable<FoundBatch> Batches => _batches.Values;

    /// <summary>Tables other than the batches that could not be read to their end.</summary>
    public IReadOnlyList<string> CutTables => _cutTables;

    /// <summary>Takes what SQLite finds. False when part of the batches could not be reached.</summary>
    /// <param name="lastKnown">The highest number that anybody knows of.</param>
    public bool Walk(SqliteDatabase damaged, long lastKnown)
    {
        var walk = new BatchWalk(damaged, lastKnown);
        target.Begin();
        foreach (var (_, batch) in walk.Batches())
        {
            if (batch is not null)
            {
                Take(batch);
            }
        }

        foreach (var table in SpoolSchema.SideTables)
        {
            if (!TableCopy.TryCopy(damaged, target.Database, table))
            {
                _cutTables.Add(table);
            }
        }

        target.Commit();
        return !walk.Broke;
    }

    /// <summary>Takes from a number on what stands in the pages of a file, whether or not SQLite can reach it.</summary>
    public void Scan(SqlitePages pages, long from)
    {
        target.Begin();
        foreach (var batch in new BatchScan(pages).Batches())
        {
            if (batch.BatchSeq >= from && !_batches.ContainsKey(batch.BatchSeq))
            {
                Take(batch);
            }
        }

        target.Commit();
    }

    private void Take(NumberedBatch batch)
    {
        target.Restore(batch);
        _batches.Add(batch.BatchSeq, FoundBatch.Of(batch));
        _bytesSinceCommit += batch.Batch.Payload.Length;
        if (_bytesSinceCommit >= BytesPerCommit)
        {
            target.Commit();
            target.Begin();
            _bytesSinceCommit = 0;
        }
    }
}
