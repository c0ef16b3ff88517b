using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>Stores the samples of a batch, and marks the minutes they fall into for the rollups, in the same transaction.</summary>
internal sealed class SampleWriter(SqliteDatabase database, SpoolAccount account, SeriesCatalog catalog, List<RefusedRow> refused)
{
    private const string Mark = "INSERT INTO rollup_dirty (width_ms, start_ms, series_key) VALUES (60000, ?, ?) ON CONFLICT DO NOTHING";
    private const int RowBits = 16; // a batch of 1 MiB cannot hold 65,536 samples

    private readonly SqliteStatement _insert = database.Prepare(SampleTable.Insert);
    private readonly SqliteStatement _mark = database.Prepare(Mark);

    public void Write(SpooledBatch batch)
    {
        if (!BatchRows.TryReadSeries(batch, refused, out var series, out var at))
        {
            return;
        }

        var known = Array.ConvertAll(series, definition => catalog.Resolve(database, definition));
        foreach (var (row, index, timestamp, value) in BatchRows.ReadSamples(batch, series.Length, at, refused))
        {
            WriteRow(batch, row, series[index], known[index], timestamp, value);
        }
    }

    private void WriteRow(SpooledBatch batch, int row, SeriesDefinition series, KnownSeries known, long timestamp, double value)
    {
        var minute = SampleTable.MinuteOf(timestamp);
        var refusal = known.Refusal ?? TryInsert(minute, known.Key, timestamp, (batch.BatchSeq << RowBits) + row, value);
        if (refusal is null)
        {
            account.Samples.Stored++;
            MarkMinute(known, minute);
            return;
        }

        var sample = new Sample(series, timestamp, value);
        var bytes = SampleCodec.Encode([sample]);
        refused.Add(new RefusedRow(batch, row, RowCount: 1, bytes, DeadLetterPayload.Of(sample, bytes), refusal));
    }

    private Refusal? TryInsert(long minute, long seriesKey, long timestamp, long position, double value)
    {
        var code = _insert.Bind(1, minute).Bind(2, seriesKey).Bind(3, timestamp).Bind(4, account.Key).Bind(5, position).Bind(6, value).TryRun(out var message);
        return code == 0 ? null
            : SqliteResultCodes.RefusesRow(code) ? SqliteRefusal.From(code, message)
            : throw SqliteDatabase.Fault(code, message);
    }

    private void MarkMinute(KnownSeries known, long minute)
    {
        if (catalog.NoteMark(known, minute))
        {
            _mark.Bind(1, minute).Bind(2, known.Key).Run();
        }
    }
}
