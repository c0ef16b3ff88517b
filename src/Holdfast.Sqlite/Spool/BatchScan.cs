using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Finds batches in a file whose trees cannot be walked any more: page by page, without asking SQLite. The checksum over the whole row tells a
/// batch from everything else that looks like a row. Older images of pages and pages that were given back still hold batches that have left; they
/// are not told from those that wait, because a batch too many is recognised by the store's batch ledger, and a batch too few is gone.
/// </summary>
internal sealed class BatchScan(SqlitePages pages)
{
    // kind, format_version, count, sequence_before, received_at, crc32c, bytes; before them the key's own column, which is empty.
    private const int Numbers = 8;

    /// <summary>The batches, in no order; the newest of those with the same number comes first.</summary>
    public IEnumerable<NumberedBatch> Batches()
    {
        var rows = new SqliteLeafRows(pages);
        foreach (var page in pages.Images())
        {
            // A page of the database may be older than those its records went on in, and those be in the log.
            var found = pages.HasLog ? rows.Read(page, withLog: true).Concat(rows.Read(page, withLog: false)) : rows.Read(page, withLog: false);
            foreach (var row in found)
            {
                if (TryRead(row) is { } batch)
                {
                    yield return batch;
                }
            }
        }
    }

    private static NumberedBatch? TryRead(LeafRow row)
    {
        Span<long> numbers = stackalloc long[Numbers];
        if (!SqliteRecord.TryRead(row.Record, numbers, out var payload))
        {
            return null;
        }

        var (kind, version, count, before, receivedAt) = (numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        if (BatchChecksum.Of(row.RowId, kind, version, count, before, receivedAt, payload) != numbers[6])
        {
            return null;
        }

        var first = kind == (long)SpoolKind.Event ? before + 1 : 0;
        return new NumberedBatch(
            new SpooledBatch(
                row.RowId, (SpoolKind)kind, (byte)version, (int)count, first, UnixMicroseconds.ToInstant(receivedAt), payload.ToArray()),
            before);
    }
}
