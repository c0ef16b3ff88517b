using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Testing;

/// <summary>One write into the lists of a <see cref="MemoryTelemetryStore"/>.</summary>
internal sealed class MemoryWrite(
    StoreWrite write, MemorySpool spool, List<StoredEvent> events, List<MemorySample> samples, MemoryLetters letters, DateTimeOffset now)
{
    private const string Undecodable = "undecodable";

    private static readonly DateTimeOffset FirstInstant = DateTimeOffset.MinValue;
    private static readonly DateTimeOffset LastInstant = DateTimeOffset.MaxValue;

    private readonly List<ParkedRow> _parked = [];
    private long _eventsStored;
    private long _samplesStored;
    private long _duplicates;
    private long _deadLettered;
    private int _alreadyStored;

    public StoreWriteResult Run()
    {
        if (write.Batches.FirstOrDefault(batch => batch.Kind is not (SpoolKind.Event or SpoolKind.Sample)) is { } stray)
        {
            throw new ArgumentException($"Batches of kind {stray.Kind} do not belong into the telemetry store.", nameof(write));
        }

        foreach (var batch in write.Batches)
        {
            if (spool.Holds(batch.BatchSeq))
            {
                _alreadyStored++;
            }
            else
            {
                WriteBatch(batch);
                spool.Enter(batch);
            }
        }

        return new StoreWriteResult
        {
            Approach = "direct",
            EventsStored = _eventsStored,
            SamplesStored = _samplesStored,
            Duplicates = _duplicates,
            DeadLettered = _deadLettered,
            Parked = _parked.Count,
            AlreadyStored = _alreadyStored,
        };
    }

    public IReadOnlyList<ParkedRow> WhatWouldBeParked()
    {
        Run();
        return _parked;
    }

    /// <summary>Writes the rows, whatever is held of their batch.</summary>
    public void WriteBatch(SpooledBatch batch)
    {
        if (batch.Kind == SpoolKind.Event)
        {
            WriteEvents(batch);
        }
        else
        {
            WriteSamples(batch);
        }
    }

    private void WriteEvents(SpooledBatch batch)
    {
        var (row, end) = (batch.FirstRow, batch.FirstRow + batch.Count);
        var at = 0;
        try
        {
            RequireFormat(batch, EventCodec.Version);
            for (; row < end; row++)
            {
                var next = at;
                var decoded = EventCodec.ReadRow(batch.Payload, ref next);
                WriteEvent(batch, row, decoded, batch.Payload[at..next]);
                at = next;
            }

            RequireEnd(batch, at);
        }
        catch (InvalidDataException fault)
        {
            DeadLetter(batch, row, end - row, batch.Payload[at..], new Refusal(Undecodable, null, null, fault.Message));
        }
    }

    private void WriteEvent(SpooledBatch batch, int row, EventRow decoded, ReadOnlyMemory<byte> bytes)
    {
        if (decoded.ClientId && events.Exists(e => e.EventId == decoded.Id && (e.ReceivedAt - batch.ReceivedAt).Duration() <= TimeSpan.FromHours(24)))
        {
            _duplicates++;
            spool.Count(SpoolKind.Event, default(StoreCounts) with { Duplicates = 1 });
        }
        else if (FaultOf(decoded) is { } fault)
        {
            Refuse(batch, row, DeadLetterPayload.Of(decoded, bytes.Span), bytes, fault);
        }
        else
        {
            events.Add(ToStored(batch, row, decoded));
            _eventsStored++;
            spool.Count(SpoolKind.Event, default(StoreCounts) with { Stored = 1 });
        }
    }

    private StoredEvent ToStored(SpooledBatch batch, int row, EventRow decoded) => new()
    {
        EventId = decoded.Id,
        EventType = Encoding.UTF8.GetString(decoded.EventType.Span),
        Timestamp = UnixMicroseconds.ToInstant(decoded.TimestampMicroseconds),
        Source = Encoding.UTF8.GetString(decoded.Source.Span),
        DataJson = Encoding.UTF8.GetString(decoded.Data.Span),
        MetadataJson = Encoding.UTF8.GetString(decoded.Metadata.Span),
        Category = decoded.Category,
        Epoch = write.SpoolId,
        SequenceId = batch.FirstSequence + row,
        ReceivedAt = batch.ReceivedAt,
    };

    private static string? FaultOf(EventRow row)
    {
        if (!Utf8.IsValid(row.EventType.Span) || !Utf8.IsValid(row.Source.Span))
        {
            return "A text is not valid UTF-8.";
        }

        return CountCharacters(row.EventType) is < 1 or > 50 ? "event_type has 1 to 50 characters."
            : CountCharacters(row.Source) > 100 ? "source has up to 100 characters."
            : row.EventType.Span.Contains((byte)0) || row.Source.Span.Contains((byte)0) ? "A text holds a NUL character."
            : !IsObject(row.Data) ? "data is not a JSON object."
            : !IsObject(row.Metadata) ? "metadata is not a JSON object."
            : !Enum.IsDefined(row.Category) ? "category is not known."
            : row.TimestampMicroseconds < UnixMicroseconds.From(FirstInstant) || row.TimestampMicroseconds > UnixMicroseconds.From(LastInstant) ? "timestamp is outside the calendar."
            : null;
    }

    private static int CountCharacters(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span).EnumerateRunes().Count();

    private static bool IsObject(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(utf8);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void WriteSamples(SpooledBatch batch)
    {
        var (row, end) = (batch.FirstRow, batch.FirstRow + batch.Count);
        var at = 0;
        try
        {
            RequireFormat(batch, SampleCodec.Version);
            var series = SampleCodec.ReadDictionary(batch.Payload, ref at);
            for (; row < end; row++)
            {
                var (index, timestamp, value) = SampleCodec.ReadRow(batch.Payload, series.Length, ref at);
                WriteSample(batch, row, new Sample(series[index], timestamp, value));
            }

            RequireEnd(batch, at);
        }
        catch (InvalidDataException fault)
        {
            DeadLetter(batch, row, end - row, batch.Payload, new Refusal(Undecodable, null, null, fault.Message));
        }
    }

    private void WriteSample(SpooledBatch batch, int row, Sample sample)
    {
        if (double.IsFinite(sample.Value) && sample.Series.Name.Length is >= 1 and <= 255)
        {
            samples.Add(new MemorySample(sample.Series, sample.TimestampMilliseconds, sample.Value, batch.BatchSeq, row));
            _samplesStored++;
            spool.Count(SpoolKind.Sample, default(StoreCounts) with { Stored = 1 });
            return;
        }

        var bytes = SampleCodec.Encode([sample]);
        Refuse(batch, row, DeadLetterPayload.Of(sample, bytes), bytes, "A value must be finite, and a name has 1 to 255 characters.");
    }

    private void Refuse(SpooledBatch batch, int row, string json, ReadOnlyMemory<byte> bytes, string reason)
    {
        if (write.ParkAsync is null)
        {
            DeadLetter(batch, row, rowCount: 1, bytes, new Refusal("refused", null, null, reason), json);
        }
        else
        {
            _parked.Add(new ParkedRow(batch.BatchSeq, row, batch.Kind, bytes, reason, now));
        }
    }

    private void DeadLetter(SpooledBatch batch, int row, int rowCount, ReadOnlyMemory<byte> bytes, Refusal refusal, string? json = null)
    {
        letters.Add(id => new DeadLetter
        {
            Id = id,
            Status = DeadLetterStatus.Pending,
            Kind = batch.Kind,
            RowCount = rowCount,
            PayloadJson = json ?? DeadLetterPayload.OfBytes(bytes.Span),
            Payload = bytes,
            FormatVersion = batch.FormatVersion,
            SizeBytes = bytes.Length,
            Refusal = refusal,
            Fingerprint = DeadLetterPayload.Fingerprint(Pipeline.DeadLetters.DeadLetter.KindNameOf(batch.Kind), refusal.Code, refusal.Reason),
            RetryCount = 0,
            MaxRetries = 5,
            CreatedAt = now,
            NextRetryAt = now + ReplayAttempts.FirstDelay,
            SpoolId = write.SpoolId,
            BatchSeq = batch.BatchSeq,
            Row = row,
            SequenceId = batch.Kind == SpoolKind.Event ? batch.FirstSequence + row : null,
            ReceivedAt = batch.ReceivedAt,
        });
        _deadLettered += rowCount;
        spool.Count(batch.Kind, default(StoreCounts) with { DeadLettered = rowCount });
    }

    private static void RequireFormat(SpooledBatch batch, byte version)
    {
        if (batch.FormatVersion != version)
        {
            throw new InvalidDataException($"Format {batch.FormatVersion} is not known to this version.");
        }
    }

    private static void RequireEnd(SpooledBatch batch, int at)
    {
        if (at < batch.Payload.Length)
        {
            throw new InvalidDataException($"The batch holds more than its {batch.Count} rows.");
        }
    }
}
