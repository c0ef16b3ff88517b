using System.Text;
using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>Cuts samples into encoded batches of limited rows and bytes; a row larger than a batch travels alone.</summary>
internal static class SampleBatches
{
    // An index into the dictionary (up to 5 bytes), a time and a value.
    private const int RowBytesMax = 5 + 8 + 8;

    // The kind and three lengths.
    private const int SeriesHeadBytesMax = 1 + (3 * 5);

    public static IReadOnlyList<SpoolEntry> Cut(IReadOnlyList<Sample> samples, int rowsMax, int bytesMax)
    {
        var batches = new List<SpoolEntry>();
        var open = new List<Sample>(Math.Min(samples.Count, rowsMax));
        var series = new HashSet<SeriesDefinition>();
        long bytes = 0;
        foreach (var sample in samples)
        {
            var cost = Cost(sample, series);
            if (open.Count == rowsMax || (open.Count > 0 && bytes + cost > bytesMax))
            {
                batches.Add(Close(open));
                series.Clear();
                bytes = 0;
                cost = Cost(sample, series);
            }

            open.Add(sample);
            series.Add(sample.Series);
            bytes += cost;
        }

        if (open.Count > 0)
        {
            batches.Add(Close(open));
        }

        return batches;
    }

    /// <summary>What a sample adds at the most: its row, and its series where the batch has not met it yet.</summary>
    private static long Cost(Sample sample, HashSet<SeriesDefinition> known) =>
        known.Contains(sample.Series) ? RowBytesMax : RowBytesMax + SeriesHeadBytesMax + TextBytes(sample.Series);

    private static long TextBytes(SeriesDefinition series) =>
        Encoding.UTF8.GetByteCount(series.Name) + Encoding.UTF8.GetByteCount(series.LabelsJson) + Encoding.UTF8.GetByteCount(series.Unit);

    private static SpoolEntry Close(List<Sample> open)
    {
        var entry = new SpoolEntry(SpoolKind.Sample, SampleCodec.Version, open.Count, SampleCodec.Encode(open));
        open.Clear();
        return entry;
    }
}
