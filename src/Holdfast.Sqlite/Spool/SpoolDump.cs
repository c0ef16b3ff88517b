using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>One row of the spool, for a person or a script. What does not apply is null.</summary>
internal sealed record SpoolDumpRow
{
    public required long BatchSeq { get; init; }

    /// <summary>Position in the batch, from 0.</summary>
    public int Row { get; init; }

    /// <summary><c>event</c>, <c>sample</c>, <c>retry_enqueue</c>, <c>dead_letter</c>, <c>unknown</c>.</summary>
    public required string Kind { get; init; }
    public DateTimeOffset? ReceivedAt { get; init; }
    public long? SequenceId { get; init; }
    public Guid? EventId { get; init; }
    public string? EventType { get; init; }
    public string? Source { get; init; }
    public string? Category { get; init; }
    public DateTimeOffset? Timestamp { get; init; }
    public JsonElement? Data { get; init; }
    public JsonElement? Metadata { get; init; }
    public string? Series { get; init; }
    public JsonElement? Labels { get; init; }
    public double? Value { get; init; }

    /// <summary>Why the row is parked; null for one that waits.</summary>
    public string? ParkedReason { get; init; }

    /// <summary>The bytes as spooled, where there is no decoded form.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>Why it could not be decoded.</summary>
    public string? Problem { get; init; }
}

/// <summary>Decodes batches for a dump.</summary>
internal static class SpoolDump
{
    public static string NameOf(SpoolKind kind) => kind switch
    {
        SpoolKind.Event => "event",
        SpoolKind.Sample => "sample",
        SpoolKind.RetryEnqueue => "retry_enqueue",
        SpoolKind.DeadLetter => "dead_letter",
        _ => "unknown",
    };

    /// <summary>All rows of the batch, or one with its bytes when they cannot be decoded.</summary>
    public static IReadOnlyList<SpoolDumpRow> RowsOf(SpooledBatch batch)
    {
        try
        {
            return batch switch
            {
                { Kind: SpoolKind.Event, FormatVersion: EventCodec.Version } => [.. EventCodec.Read(batch.Payload).Select((row, index) => Of(batch, index, row))],
                { Kind: SpoolKind.Sample, FormatVersion: SampleCodec.Version } => [.. SampleCodec.Read(batch.Payload).Select((row, index) => Of(batch, index, row))],
                _ => [Raw(batch, problem: null)],
            };
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or ArgumentException)
        {
            return [Raw(batch, exception.Message)];
        }
    }

    private static SpoolDumpRow Raw(SpooledBatch batch, string? problem) => new()
    {
        BatchSeq = batch.BatchSeq,
        Kind = NameOf(batch.Kind),
        ReceivedAt = batch.ReceivedAt,
        Payload = batch.Payload.ToArray(),
        Problem = problem,
    };

    private static SpoolDumpRow Of(SpooledBatch batch, int index, EventRow row) => new()
    {
        BatchSeq = batch.BatchSeq,
        Row = index,
        Kind = NameOf(batch.Kind),
        ReceivedAt = batch.ReceivedAt,
        SequenceId = batch.FirstSequence + index,
        EventId = row.Id,
        EventType = Encoding.UTF8.GetString(row.EventType.Span),
        Source = Encoding.UTF8.GetString(row.Source.Span),
        Category = row.Category.ToString(),
        Timestamp = UnixMicroseconds.ToInstant(row.TimestampMicroseconds),
        Data = Json(row.Data),
        Metadata = Json(row.Metadata),
    };

    private static SpoolDumpRow Of(SpooledBatch batch, int index, Sample sample) => new()
    {
        BatchSeq = batch.BatchSeq,
        Row = index,
        Kind = NameOf(batch.Kind),
        ReceivedAt = batch.ReceivedAt,
        Series = sample.Series.Name,
        Labels = Json(Encoding.UTF8.GetBytes(sample.Series.LabelsJson)),
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(sample.TimestampMilliseconds),
        Value = sample.Value,
    };

    private static JsonElement Json(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        return document.RootElement.Clone();
    }
}
