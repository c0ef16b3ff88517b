using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>The batches that wait, for the one who writes them.</summary>
internal sealed class BatchTable(SpoolConnection connection)
{
    private readonly SpoolStatement _insert = connection.Prepare(
        """
        insert into batches (batch_seq, kind, format_version, count, sequence_before, received_at, crc32c, bytes, payload)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """);

    private readonly SpoolStatement _delete = connection.Prepare(
        "delete from batches where batch_seq = ?1 returning kind, count, bytes");

    private readonly SpoolStatement _oldest = connection.Prepare(
        "select batch_seq, sequence_before, received_at from batches order by batch_seq limit 1");

    private readonly SpoolStatement _newest = connection.Prepare("select max(batch_seq) from batches");

    public void Insert(NumberedBatch numbered)
    {
        var (batch, sequenceBefore) = numbered;
        var payload = batch.Payload.Span;
        _insert.Bind(1, batch.BatchSeq);
        _insert.Bind(2, (long)batch.Kind);
        _insert.Bind(3, batch.FormatVersion);
        _insert.Bind(4, batch.Count);
        _insert.Bind(5, sequenceBefore);
        _insert.Bind(6, batch.ReceivedAt.ToMicroseconds());
        _insert.Bind(7, BatchChecksum.Of(numbered));
        _insert.Bind(8, payload.Length);
        _insert.Bind(9, payload);
        _insert.Run();
    }

    /// <summary>Null when no such batch waits.</summary>
    public (SpoolKind Kind, long Count, long Bytes)? Delete(long batchSeq)
    {
        _delete.Bind(1, batchSeq);
        (SpoolKind, long, long)? deleted = _delete.Step()
            ? ((SpoolKind)_delete.Int64(0), _delete.Int64(1), _delete.Int64(2))
            : null;
        _delete.Reset();
        return deleted;
    }

    /// <summary>Counts what waits by walking over all of it.</summary>
    public SpoolCounters Count(SpoolCounters counters)
    {
        counters = counters with { Waiting = default, WaitingBatches = 0, WaitingBytes = 0 };
        using var count = new SpoolStatement(
            connection.Handle, "select kind, count(*), sum(count), sum(length(payload)) from batches group by kind");
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

    public (SpoolEdge? Oldest, long Newest) Edges()
    {
        SpoolEdge? oldest = _oldest.Step()
            ? new SpoolEdge(_oldest.Int64(0), _oldest.Int64(1), UnixTime.FromMicroseconds(_oldest.Int64(2)))
            : null;
        _oldest.Reset();
        var newest = _newest.Step() ? _newest.Int64(0) : 0;
        _newest.Reset();
        return (oldest, newest);
    }
}

/// <summary>The checksum of a batch's row, over its header and its payload.</summary>
internal static class BatchChecksum
{
    public static uint Of(NumberedBatch numbered)
    {
        var (batch, sequenceBefore) = numbered;
        return Of(
            batch.BatchSeq, (long)batch.Kind, batch.FormatVersion, batch.Count, sequenceBefore, batch.ReceivedAt.ToMicroseconds(), batch.Payload.Span);
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

/// <summary>Instants as the spool's file has them.</summary>
internal static class UnixTime
{
    public static long ToMicroseconds(this DateTimeOffset instant) =>
        (instant.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
