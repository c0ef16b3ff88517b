using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Postgres.Store;

/// <summary>Reads batches of samples: first their series, then, once the database has judged those, the samples themselves.</summary>
internal sealed class SampleSets(IReadOnlyList<SpooledBatch> batches, List<RefusedRow> refused)
{
    // A sample of 44 bytes takes 76 with its lengths.
    private const int EncodedBytes = 76;

    private readonly List<(SpooledBatch Batch, SeriesDefinition[] Series, int At)> _read = [];

    /// <summary>The series of all batches; batches that cannot be read are refused.</summary>
    public IReadOnlyCollection<SeriesDefinition> ReadSeries()
    {
        var all = new HashSet<SeriesDefinition>();
        foreach (var batch in batches)
        {
            if (BatchRows.TryReadSeries(batch, refused, out var series, out var at))
            {
                _read.Add((batch, series, at));
                all.UnionWith(series);
            }
        }

        return all;
    }

    /// <summary>The samples by the day on which they were received; those of a refused series are refused with it.</summary>
    public IReadOnlyList<SampleRows> ByDay(int spoolKey, IReadOnlyDictionary<SeriesDefinition, Refusal> refusedSeries)
    {
        var days = new SortedDictionary<DateOnly, List<Row>>();
        foreach (var (batch, series, at) in _read)
        {
            var day = PgTime.DayOf(batch.ReceivedAt);
            if (!days.TryGetValue(day, out var rows))
            {
                days.Add(day, rows = new List<Row>(batches.Sum(b => b.Count)));
            }

            Read(rows, batch, series, at, refusedSeries);
        }

        return [.. days.Select(day => ToRows(day.Key, day.Value, spoolKey))];
    }

    private void Read(List<Row> rows, SpooledBatch batch, SeriesDefinition[] series, int at, IReadOnlyDictionary<SeriesDefinition, Refusal> refusedSeries)
    {
        foreach (var (row, index, timestamp, value) in BatchRows.ReadSamples(batch, series.Length, at, refused))
        {
            var sample = new Sample(series[index], timestamp, value);
            if (refusedSeries.TryGetValue(sample.Series, out var refusal))
            {
                refused.Add(SampleRows.Refused(batch, row, sample, refusal));
            }
            else
            {
                rows.Add(new Row(batch, row, sample));
            }
        }
    }

    private SampleRows ToRows(DateOnly day, List<Row> rows, int spoolKey)
    {
        // In the order of the index: rows that go to one page of it go there together, which halves what the index costs.
        rows.Sort(static (one, other) => one.Sample.Series.Id.CompareTo(other.Sample.Series.Id) is not 0 and var bySeries
            ? bySeries
            : one.Sample.TimestampMilliseconds.CompareTo(other.Sample.TimestampMilliseconds));
        var set = new SampleRows(spoolKey, refused, rows.Count * EncodedBytes) { ReceivedOn = day };
        foreach (var row in rows)
        {
            set.Add(row.Batch, row.Number, row.Sample);
        }

        return set;
    }

    private readonly record struct Row(SpooledBatch Batch, int Number, Sample Sample);
}
