using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>Reads one JSON object into an <see cref="EventDraft"/>. Of a field that comes twice the last counts, as in every object.</summary>
internal sealed class EventReader(EventDraft draft) : IDisposable
{
    private readonly CanonicalJson _canonical = new(draft.Scratch);

    /// <summary>Reads the object the reader stands on, to its end.</summary>
    /// <exception cref="JsonException">What follows is not JSON.</exception>
    public void Read(ref Utf8JsonReader reader, int depthMax)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            ReadField(ref reader, depthMax);
        }
    }

    public void Dispose() => _canonical.Dispose();

    private void ReadField(ref Utf8JsonReader reader, int depthMax)
    {
        var name = Name(ref reader);
        if (name.SequenceEqual("event_type"u8))
        {
            draft.EventType = ReadText(ref reader);
        }
        else if (name.SequenceEqual("data"u8))
        {
            draft.Data = ReadObject(ref reader, depthMax);
        }
        else if (name.SequenceEqual("timestamp"u8))
        {
            draft.Timestamp = ReadText(ref reader, orNumber: true);
        }
        else if (name.SequenceEqual("source"u8))
        {
            draft.Source = ReadText(ref reader);
        }
        else if (name.SequenceEqual("metadata"u8))
        {
            draft.Metadata = ReadObject(ref reader, depthMax);
        }
        else if (name.SequenceEqual("event_id"u8))
        {
            draft.EventId = ReadText(ref reader);
        }
        else if (name.SequenceEqual("category"u8))
        {
            draft.Category = ReadText(ref reader);
        }
        else
        {
            draft.UnknownFields++;
            reader.Skip();
        }
    }

    /// <summary>The name of the member the reader stands on; empty, which is no field's name, when it cannot be read as text.</summary>
    private ReadOnlySpan<byte> Name(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        var field = Unescape(reader.ValueSpan);
        return draft.Bytes(field).Span;
    }

    private Field ReadText(ref Utf8JsonReader reader, bool orNumber = false)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return default;
            case JsonTokenType.String when reader.ValueIsEscaped:
                return Unescape(reader.ValueSpan);
            case JsonTokenType.String:
                return new Field(FieldState.Present, InScratch: false, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            case JsonTokenType.Number when orNumber:
                return new Field(FieldState.Number, InScratch: false, (int)reader.TokenStartIndex, reader.ValueSpan.Length);
            default:
                reader.Skip();
                return new Field(FieldState.WrongType);
        }
    }

    private Field ReadObject(ref Utf8JsonReader reader, int depthMax)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var absent = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            return new Field(absent ? FieldState.Absent : FieldState.WrongType);
        }

        var start = draft.Scratch.Length;
        return _canonical.Append(ref reader, depthMax) switch
        {
            JsonFault.TooDeep => new Field(FieldState.TooDeep),
            JsonFault.BadText => new Field(FieldState.BadText),
            _ => new Field(FieldState.Present, InScratch: true, start, draft.Scratch.Length - start),
        };
    }

    private Field Unescape(ReadOnlySpan<byte> raw)
    {
        var scratch = draft.Scratch;
        var start = scratch.Length;
        if (!JsonText.TryUnescape(raw, scratch.GetSpan(raw.Length), out var length))
        {
            return new Field(FieldState.BadText);
        }

        scratch.Advance(length);
        return new Field(FieldState.Present, InScratch: true, start, length);
    }
}
