using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>Reads waiting batches from one connection. Not thread-safe.</summary>
internal sealed class SpoolReader(SqliteDatabase database)
{
    private const int AllKinds = -1;

    private readonly SqliteStatement _read = database.Prepare(
        """
        select batch_seq, kind, format_version, count, sequence_before, received_at, crc32c, bytes, payload
        from batches
        where batch_seq > ?1 and batch_seq <= ?2 and (?3 >> kind) & 1 = 1 and received_at >= ?4 and sequence_before + count > ?5
        order by batch_seq
        """);

    private readonly SqliteStatement _probe = database.Prepare(
        "select batch_seq, sequence_before + iif(kind = 1, count, 0), received_at from batches where batch_seq > ?1 order by batch_seq limit 1");

    /// <summary>
    /// Adds to the selection the batches above one number and up to another, until it is full. Returns the numbers of those whose checksum
    /// does not fit: they are left out.
    /// </summary>
    public IReadOnlyList<long> Read(long after, long upTo, SpoolRead read, BatchSelection selection)
    {
        List<long>? damaged = null;
        Bind(SkipTo(after, upTo, read), upTo, read);

        // Left open, the statement would hold back the checkpoint, and the log would grow.
        using var rows = _read;
        while (!selection.IsFull && rows.Step() && selection.HasRoomFor((int)rows.Int64(3), rows.Int64(7)))
        {
            if (ReadRow(rows) is { } row)
            {
                selection.Add(row.Batch);
            }
            else
            {
                (damaged ??= []).Add(rows.Int64(0));
            }
        }

        return damaged ?? [];
    }

    private static long KindMask(SpoolRead read) => read.AfterSequence is not null
        ? 1L << (int)SpoolKind.Event
        : read.Kinds.Count == 0 ? AllKinds : read.Kinds.Aggregate(0L, (mask, kind) => mask | (1L << (int)kind));

    private void Bind(long after, long upTo, SpoolRead read)
    {
        _read.Bind(1, after).Bind(2, upTo).Bind(3, KindMask(read));
        _read.Bind(4, read.ReceivedFrom is { } from ? UnixMicroseconds.From(from) : long.MinValue);
        _read.Bind(5, read.AfterSequence ?? long.MinValue);
    }

    /// <summary>
    /// The highest number below which nothing can be asked for, found by halving: sequences and instants grow with the batch number, and a
    /// walk over a full spool would read all of it. A clock that was set back makes the walk start later than it could; the batches left
    /// out are read by those who ask without an instant.
    /// </summary>
    private long SkipTo(long after, long upTo, SpoolRead read)
    {
        if (read.ReceivedFrom is null && read.AfterSequence is null)
        {
            return after;
        }

        var (low, high) = (after, upTo);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Probe(middle, read) is { TooOld: true } probe)
            {
                low = Math.Max(middle + 1, probe.BatchSeq);
            }
            else
            {
                high = middle;
            }
        }

        return Math.Min(low, upTo);
    }

    private (long BatchSeq, bool TooOld)? Probe(long after, SpoolRead read)
    {
        using var row = _probe.Bind(1, after);
        if (!row.Step())
        {
            return null;
        }

        var tooOld = (read.ReceivedFrom is { } from && row.Int64(2) < UnixMicroseconds.From(from))
            || (read.AfterSequence is { } sequence && row.Int64(1) <= sequence);
        return (row.Int64(0), tooOld);
    }

    /// <summary>
    /// The batch in the present row of a statement whose columns are batch_seq, kind, format_version, count, sequence_before, received_at,
    /// crc32c, bytes, payload. Null when the checksum does not fit.
    /// </summary>
    public static NumberedBatch? ReadRow(SqliteStatement row)
    {
        var payload = row.Blob(8);
        var (seq, kind, version, count, before, receivedAt) =
            (row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4), row.Int64(5));
        if (BatchChecksum.Of(seq, kind, version, count, before, receivedAt, payload) != row.Int64(6))
        {
            return null;
        }

        var first = kind == (long)SpoolKind.Event ? before + 1 : 0;
        var batch = new SpooledBatch(
            seq, (SpoolKind)kind, (byte)version, (int)count, first, UnixMicroseconds.ToInstant(receivedAt), payload.ToArray());
        return new NumberedBatch(batch, before);
    }
}
