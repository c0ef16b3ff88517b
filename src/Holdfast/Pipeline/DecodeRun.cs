using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Pipeline;

/// <summary>Decodes the items of one request, one after the other, with one set of buffers. Not thread-safe.</summary>
internal sealed class DecodeRun : IDisposable
{
    // Depth is judged item by item: one that is nested too deeply must not cost the others.
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };
    private static readonly ReadOnlyMemory<byte> UnknownSource = "unknown"u8.ToArray();

    // For the whole request.
    private readonly IntakeOptions _options;
    private readonly EventClassifier _classifier;
    private readonly ValidationTally _tally;
    private readonly EventChecksum _checksum;
    private readonly EventValidator _validator;
    private readonly EventIds _ids;
    private readonly EventBatches _batches;
    private readonly List<RejectedItem> _rejected = [];
    private readonly List<Guid> _clientIds = [];
    private readonly List<ReportedFailure> _failures = [];
    private bool _wireIsUtf8;
    private int _items;

    // For one item, then used again.
    private readonly PooledBuffer _scratch = new(4 << 10);
    private readonly EventDraft _draft;
    private readonly EventReader _reader;
    private readonly List<EventError> _errors = [];
    private Guid _acceptedId;

    public DecodeRun(IntakeOptions options, DateTimeOffset now, EventClassifier classifier, ValidationTally tally)
    {
        _options = options;
        _classifier = classifier;
        _tally = tally;
        _checksum = new EventChecksum(options.ChecksumSecret);
        _validator = new EventValidator(options, now, _checksum);
        _ids = new EventIds(now);
        _batches = new EventBatches(options.BatchRowsMax, options.BatchBytesMax);
        _draft = new EventDraft(_scratch);
        _reader = new EventReader(_draft);
    }

    /// <summary>Somebody has sent it.</summary>
    public bool FromOutside { get; init; }

    /// <summary>Reads one object, or an array of objects where the format allows it.</summary>
    /// <exception cref="JsonException">The body as a whole is not JSON.</exception>
    public DecodedRequest ReadDocument(ReadOnlyMemory<byte> body, EventFormat format)
    {
        _wireIsUtf8 = Utf8.IsValid(body.Span);
        var reader = new Utf8JsonReader(body.Span, AnyDepth);
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadOnlyItem(ref reader, body),
            JsonTokenType.StartArray when format == EventFormat.Json => ReadArray(ref reader, body),
            _ => new DecodedRequest { Status = IntakeStatus.Unreadable, Problem = "An event is a JSON object." },
        };
    }

    /// <summary>Reads one object from each line. A line that is not JSON is a rejected item.</summary>
    public DecodedRequest ReadLines(ReadOnlyMemory<byte> body)
    {
        _wireIsUtf8 = Utf8.IsValid(body.Span);
        foreach (var range in body.Span.Split((byte)'\n'))
        {
            var line = body[range].Trim(" \t\r"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            if (_items == _options.EventsPerRequestMax)
            {
                return TooMany();
            }

            ReadLine(line);
        }

        return Finish();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _scratch.Dispose();
        _batches.Dispose();
    }

    private DecodedRequest ReadOnlyItem(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var item = ReadItem(ref reader, body);
        ExpectEnd(ref reader);
        Judge(item);
        if (item.Length > _options.EventBytesMax)
        {
            return Finish() with { Status = IntakeStatus.TooLarge, Problem = "The event is too large. " + TooLong().Message };
        }

        var accepted = _errors.Count == 0;
        return Finish() with
        {
            Only = accepted ? new OnlyEvent(_acceptedId, Encoding.UTF8.GetString(_draft.Bytes(_draft.EventType).Span)) : null,
        };
    }

    private DecodedRequest ReadArray(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (_items == _options.EventsPerRequestMax)
            {
                return TooMany();
            }

            if (reader.TokenType == JsonTokenType.StartObject)
            {
                Judge(ReadItem(ref reader, body));
            }
            else
            {
                reader.Skip();
                RejectUnread(NotAnObject);
            }
        }

        ExpectEnd(ref reader);
        return Finish();
    }

    private void ReadLine(ReadOnlyMemory<byte> line)
    {
        // What need not be read is not: a long line, and what cannot be an object, over which the reader would throw.
        if (line.Length > _options.EventBytesMax)
        {
            RejectUnread(TooLong());
            return;
        }

        if (line.Span[0] != '{')
        {
            RejectUnread(NotAnObject);
            return;
        }

        try
        {
            var reader = new Utf8JsonReader(line.Span, AnyDepth);
            reader.Read();
            var item = ReadItem(ref reader, line);
            ExpectEnd(ref reader);
            Judge(item);
        }
        catch (JsonException fault)
        {
            RejectUnread(new("json", "event", $"The line is not JSON from byte {fault.BytePositionInLine + 1}."));
        }
    }

    /// <summary>Reads the object the reader stands on into the draft; returns its bytes.</summary>
    private ReadOnlySpan<byte> ReadItem(ref Utf8JsonReader reader, ReadOnlyMemory<byte> wire)
    {
        var start = (int)reader.TokenStartIndex;
        _draft.Reset(wire);
        _reader.Read(ref reader, _options.DepthMax);
        return wire.Span[start..(int)reader.BytesConsumed];
    }

    private void Judge(ReadOnlySpan<byte> item)
    {
        _errors.Clear();
        var facts = _validator.Judge(_draft, _errors);
        if (item.Length > _options.EventBytesMax)
        {
            _errors.Add(TooLong());
        }

        if (FromOutside)
        {
            JudgeReserved();
        }

        var isUtf8 = _wireIsUtf8 || Utf8.IsValid(item);
        if (!isUtf8)
        {
            _errors.Add(new("json", "event", "It is not valid UTF-8."));
        }

        _tally.Count(facts.EventTypeValid && isUtf8 ? _draft.Bytes(_draft.EventType).Span : default, _errors.Count, _draft.UnknownFields);
        if (_errors.Count == 0)
        {
            Accept(facts);
        }
        else
        {
            _rejected.Add(new RejectedItem(_items, [.. _errors]));
        }

        _items++;
    }

    /// <summary>What operators did, and what became of the server, is told under names that nobody else has.</summary>
    private void JudgeReserved()
    {
        if (_draft.Bytes(_draft.Source).Span.SequenceEqual("holdfast"u8))
        {
            _errors.Add(new("reserved", "source", "'holdfast' is the source of what the server itself says."));
        }

        if (_draft.Bytes(_draft.EventType).Span.SequenceEqual("operator_action"u8))
        {
            _errors.Add(new("reserved", "event_type", "'operator_action' is the type of what the audit records."));
        }
    }

    private void Accept(in EventFacts facts)
    {
        _acceptedId = facts.ClientId ?? _ids.Next(_items);
        if (facts.ClientId is { } chosen)
        {
            _clientIds.Add(chosen);
        }

        if (_options.Redaction is { } redaction)
        {
            _draft.Redact(redaction);
        }

        var category = facts.Category ?? _classifier.Classify(_draft.Bytes(_draft.EventType).Span, _draft.DataJson.Span);
        _draft.SealMetadata(_checksum, category);
        NoteFailure();
        _batches.Add(new EventRow
        {
            Id = _acceptedId,
            ClientId = facts.ClientId is not null,
            TimestampMicroseconds = facts.TimestampMicroseconds,
            Category = category,
            EventType = _draft.Bytes(_draft.EventType),
            Source = SourceOfDraft(),
            Data = _draft.DataJson,
            Metadata = _draft.MetadataJson,
        });
    }

    private void NoteFailure()
    {
        var type = _draft.Bytes(_draft.EventType);
        if (ReportedFailure.Is(type.Span, _draft.DataJson.Span))
        {
            // Copies: the buffers are used for the next item.
            _failures.Add(new ReportedFailure(
                _acceptedId, Encoding.UTF8.GetString(type.Span), Encoding.UTF8.GetString(SourceOfDraft().Span), _draft.DataJson.ToArray(), _draft.MetadataJson.ToArray()));
        }
    }

    private ReadOnlyMemory<byte> SourceOfDraft() => _draft.Source.Length == 0 ? UnknownSource : _draft.Bytes(_draft.Source);

    /// <summary>Rejects an item that was not, or not wholly, read.</summary>
    private void RejectUnread(EventError error)
    {
        _tally.Count(default, errors: 1, warnings: 0);
        _rejected.Add(new RejectedItem(_items, [error]));
        _items++;
    }

    private DecodedRequest Finish()
    {
        var result = new DecodedRequest
        {
            Status = IntakeStatus.Taken,
            Entries = _batches.Finish(),
            Accepted = _items - _rejected.Count,
            Rejected = _rejected,
            ClientIds = _clientIds,
            Failures = _failures,
            Validation = _options.MeasureValidation ? _tally.ToCounts() : [],
        };
        return _options.Strict && _rejected.Count > 0 ? RefuseAll(result) : result;
    }

    private static DecodedRequest RefuseAll(DecodedRequest decoded) => new()
    {
        Status = IntakeStatus.Refused,
        Problem = $"{decoded.Rejected.Count} events break a rule, and in strict mode one is enough to refuse all of a request.",
        GoodButRefused = decoded.Accepted,
        Rejected = decoded.Rejected,
        Validation = decoded.Validation,
    };

    private DecodedRequest TooMany() => new()
    {
        Status = IntakeStatus.TooLarge,
        Problem = $"The request has more than {_options.EventsPerRequestMax} events.",
    };

    private EventError TooLong() => new("size", "event", $"It has more than {_options.EventBytesMax} bytes.");

    private static EventError NotAnObject => new("data_types", "event", "It must be a JSON object.");

    /// <summary>Lets the reader object to anything but blanks after the value.</summary>
    private static void ExpectEnd(ref Utf8JsonReader reader) => reader.Read();
}
