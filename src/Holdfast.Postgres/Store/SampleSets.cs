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
        var days = new List<SampleRows>(1);
        foreach (var (batch, series, at) in _read)
        {
            var day = PgTime.DayOf(batch.ReceivedAt);
            var rows = days.Find(known => known.ReceivedOn == day);
            if (rows is null)
            {
                rows = new SampleRows(spoolKey, refused, batches.Sum(b => b.Count * EncodedBytes)) { ReceivedOn = day };
                days.Add(rows);
            }

            Fill(rows, batch, series, at, refusedSeries);
        }

        return days;
    }

    private void Fill(SampleRows rows, SpooledBatch batch, SeriesDefinition[] series, int at, IReadOnlyDictionary<SeriesDefinition, Refusal> refusedSeries)
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
                rows.Add(batch, row, sample);
            }
        }
    }
}
