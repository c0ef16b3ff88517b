using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Copies what can still be read from a damaged file into a new one. A batch is taken when its row can be reached and its checksum fits;
/// every batch keeps its number, so what is missing shows as a hole.
/// </summary>
internal sealed class SpoolSalvage(SqliteDatabase damaged, SpoolFile target)
{
    // What one transaction holds at most: the log must not grow to the size of the spool.
    private const long BytesPerCommit = 16L << 20;

    private readonly List<FoundBatch> _batches = [];
    private readonly List<string> _cutTables = [];
    private long _bytesSinceCommit;

    /// <summary>The batches that were taken, by ascending number.</summary>
    public IReadOnlyList<FoundBatch> Batches => _batches;

    /// <summary>Tables other than the batches that could not be read to their end.</summary>
    public IReadOnlyList<string> CutTables => _cutTables;

    /// <param name="lastKnown">The highest number that anybody knows of.</param>
    public void Run(long lastKnown)
    {
        target.Begin();
        foreach (var (_, batch) in new BatchWalk(damaged, lastKnown).Batches())
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
    }

    private void Take(NumberedBatch batch)
    {
        target.Restore(batch);
        _batches.Add(FoundBatch.Of(batch));
        _bytesSinceCommit += batch.Batch.Payload.Length;
        if (_bytesSinceCommit >= BytesPerCommit)
        {
            target.Commit();
            target.Begin();
            _bytesSinceCommit = 0;
        }
    }
}
