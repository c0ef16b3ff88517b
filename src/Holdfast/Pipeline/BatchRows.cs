using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>
/// Reads the rows of a spooled batch for a store. From a row on that cannot be decoded, the rest is one refused row in the name of all of
/// them, and surplus bytes are one of none: so that a batch is always accounted for to its last row.
/// </summary>
internal static class BatchRows
{
    /// <summary>The events in order, each with the bytes it was read from.</summary>
    public static IEnumerable<(int Row, EventRow Event, ReadOnlyMemory<byte> Bytes)> ReadEvents(SpooledBatch batch, ICollection<RefusedRow> refused)
    {
        var at = 0;
        for (var row = batch.FirstRow; row < batch.FirstRow + batch.Count; row++)
        {
            var start = at;
            if (!TryReadEvent(batch, row, ref at, refused, out var decoded))
            {
                yield break;
            }

            yield return (row, decoded, batch.Payload[start..at]);
        }

        RefuseSurplus(batch, at, refused);
    }

    /// <summary>The series of a batch of samples and where its rows begin; false when the whole batch is refused.</summary>
    public static bool TryReadSeries(SpooledBatch batch, ICollection<RefusedRow> refused, out SeriesDefinition[] series, out int at)
    {
        at = 0;
        try
        {
            series = batch.FormatVersion == SampleCodec.Version
                ? SampleCodec.ReadDictionary(batch.Payload, ref at)
                : throw new InvalidDataException($"Samples in format {batch.FormatVersion} are not known to this version.");
            return true;
        }
        catch (InvalidDataException fault)
        {
            series = [];
            refused.Add(RefusedRow.Undecodable(batch, batch.FirstRow, batch.Payload, fault.Message));
            return false;
        }
    }

    /// <summary>The samples in order, each with the place of its series in the batch's dictionary.</summary>
    public static IEnumerable<(int Row, int SeriesIndex, long TimestampMilliseconds, double Value)> ReadSamples(
        SpooledBatch batch, int seriesCount, int at, ICollection<RefusedRow> refused)
    {
        for (var row = batch.FirstRow; row < batch.FirstRow + batch.Count; row++)
        {
            if (!TryReadSample(batch, row, seriesCount, ref at, refused, out var reading))
            {
                yield break;
            }

            yield return (row, reading.SeriesIndex, reading.TimestampMilliseconds, reading.Value);
        }

        RefuseSurplus(batch, at, refused);
    }

    private static bool TryReadEvent(SpooledBatch batch, int row, ref int at, ICollection<RefusedRow> refused, out EventRow decoded)
    {
        var start = at;
        try
        {
            if (batch.FormatVersion != EventCodec.Version)
            {
                throw new InvalidDataException($"Events in format {batch.FormatVersion} are not known to this version.");
            }

            decoded = EventCodec.ReadRow(batch.Payload, ref at);
            return true;
        }
        catch (InvalidDataException fault)
        {
            decoded = default;
            refused.Add(RefusedRow.Undecodable(batch, row, batch.Payload[start..], fault.Message));
            return false;
        }
    }

    // The rows behind a damaged one mean nothing without the dictionary at the front, so the whole payload is kept.
    private static bool TryReadSample(
        SpooledBatch batch, int row, int seriesCount, ref int at, ICollection<RefusedRow> refused, out (int SeriesIndex, long TimestampMilliseconds, double Value) reading)
    {
        try
        {
            reading = SampleCodec.ReadRow(batch.Payload, seriesCount, ref at);
            return true;
        }
        catch (InvalidDataException fault)
        {
            reading = default;
            refused.Add(RefusedRow.Undecodable(batch, row, batch.Payload, fault.Message));
            return false;
        }
    }

    private static void RefuseSurplus(SpooledBatch batch, int at, ICollection<RefusedRow> refused)
    {
        if (at < batch.Payload.Length)
        {
            refused.Add(RefusedRow.Undecodable(batch, batch.FirstRow + batch.Count, batch.Payload[at..], $"The batch holds more than its {batch.Count} rows."));
        }
    }
}
