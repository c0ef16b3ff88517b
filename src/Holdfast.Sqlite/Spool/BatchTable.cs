using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>The batches that wait, for the one who writes them.</summary>
internal sealed class BatchTable(SqliteDatabase database)
{
    private readonly SqliteStatement _insert = database.Prepare(
        """
        insert into batches (batch_seq, kind, format_version, count, sequence_before, received_at, crc32c, bytes, payload)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """);

    private readonly SqliteStatement _delete = database.Prepare(
        "delete from batches where batch_seq = ?1 returning kind, count, bytes");

    private readonly SqliteStatement _oldest = database.Prepare(
        "select batch_seq, sequence_before, received_at from batches order by batch_seq limit 1");

    private readonly SqliteStatement _newest = database.Prepare("select max(batch_seq) from batches");

    public void Insert(NumberedBatch numbered)
    {
        var (batch, sequenceBefore) = numbered;
        var payload = batch.Payload.Span;
        _insert.Bind(1, batch.BatchSeq);
        _insert.Bind(2, (long)batch.Kind);
        _insert.Bind(3, batch.FormatVersion);
        _insert.Bind(4, batch.Count);
        _insert.Bind(5, sequenceBefore);
        _insert.Bind(6, UnixMicroseconds.From(batch.ReceivedAt));
        _insert.Bind(7, BatchChecksum.Of(numbered));
        _insert.Bind(8, payload.Length);
        _insert.BindBlob(9, payload);
        _insert.Run();
    }

    /// <summary>Null when no such batch waits.</summary>
    public (SpoolKind Kind, long Count, long Bytes)? Delete(long batchSeq)
    {
        using var deleted = _delete.Bind(1, batchSeq);
        return deleted.Step() ? ((SpoolKind)deleted.Int64(0), deleted.Int64(1), deleted.Int64(2)) : null;
    }

    /// <summary>Counts what waits by walking over all of it.</summary>
    public SpoolCounters Count(SpoolCounters counters)
    {
        counters = counters with { Waiting = default, WaitingBatches = 0, WaitingBytes = 0 };
        using var count = database.Prepare("select kind, count(*), sum(count), sum(length(payload)) from batches group by kind");
        while (count.Step())
        {
            counters = counters with
            {
                Waiting = counters.Waiting + RowCounts.Of((SpoolKind)count.Int64(0), count.Int64(2)),
                WaitingBatches = counters.WaitingBatches + count.Int64(1),
                WaitingBytes = counters.WaitingBytes + count.Int64(3),
            };
        }

        return counters;
    }

    /// <summary>The batches at both ends. Neither their payloads nor their checksums are looked at.</summary>
    public (SpoolEdge? Oldest, long Newest) Edges()
    {
        using var oldest = _oldest;
        using var newest = _newest;
        SpoolEdge? first = oldest.Step() ? new SpoolEdge(oldest.Int64(0), oldest.Int64(1), InstantOf(oldest.Int64(2))) : null;
        return (first, newest.Step() ? newest.Int64(0) : 0);
    }

    // A number that was damaged on disk must not keep the spool from opening: the checksum finds it when the batch is read.
    private static DateTimeOffset InstantOf(long microseconds) => UnixMicroseconds.ToInstant(
        Math.Clamp(microseconds, UnixMicroseconds.From(DateTimeOffset.MinValue), UnixMicroseconds.From(DateTimeOffset.MaxValue)));
}

/// <summary>The checksum of a batch's row, over its header and its payload.</summary>
internal static class BatchChecksum
{
    public static uint Of(NumberedBatch numbered)
    {
        var (batch, sequenceBefore) = numbered;
        return Of(
            batch.BatchSeq, (long)batch.Kind, batch.FormatVersion, batch.Count, sequenceBefore, UnixMicroseconds.From(batch.ReceivedAt), batch.Payload.Span);
    }

    public static uint Of(
        long batchSeq, long kind, long formatVersion, long count, long sequenceBefore, long receivedAt, ReadOnlySpan<byte> payload)
    {
        var crc = Crc32C.Append(Crc32C.Empty, batchSeq);
        crc = Crc32C.Append(crc, kind);
        crc = Crc32C.Append(crc, formatVersion);
        crc = Crc32C.Append(crc, count);
        crc = Crc32C.Append(crc, sequenceBefore);
        crc = Crc32C.Append(crc, receivedAt);
        return Crc32C.Append(crc, payload);
    }
}
