namespace Holdfast.Pipeline;

/// <summary>What was found in a field.</summary>
internal enum FieldState : byte
{
    /// <summary>Nothing, or null.</summary>
    Absent,

    /// <summary>A text (or, for data and metadata, an object).</summary>
    Present,

    /// <summary>A number, where one is allowed.</summary>
    Number,

    /// <summary>Another kind of value than the field takes.</summary>
    WrongType,

    /// <summary>A text with half of a surrogate pair.</summary>
    BadText,

    /// <summary>An object nested too deeply.</summary>
    TooDeep,
}

/// <summary>Where the value of a field stands: on the wire, or in the scratch buffer when it had to be rewritten.</summary>
internal readonly record struct Field(FieldState State, bool InScratch = false, int Start = 0, int Length = 0);

/// <summary>One event as it was read, before it is judged. Reused for the events of a request.</summary>
/// <param name="scratch">Holds what could not stay as it was on the wire: canonical objects, unescaped texts, finished metadata.</param>
internal sealed class EventDraft(PooledBuffer scratch)
{
    private static readonly ReadOnlyMemory<byte> EmptyObject = "{}"u8.ToArray();

    public PooledBuffer Scratch { get; } = scratch;

    /// <summary>What the event was read from.</summary>
    public ReadOnlyMemory<byte> Wire { get; set; }

    public Field EventType { get; set; }
    public Field Source { get; set; }
    public Field Timestamp { get; set; }
    public Field Category { get; set; }
    public Field EventId { get; set; }
    public Field Data { get; set; }
    public Field Metadata { get; set; }

    /// <summary>Fields that no event has. They are ignored, so that a newer client can talk to an older server, but counted as warnings.</summary>
    public int UnknownFields { get; set; }

    /// <summary>The canonical data, <c>{}</c> when there is none.</summary>
    public ReadOnlyMemory<byte> DataJson => Data.State == FieldState.Present ? Bytes(Data) : EmptyObject;

    /// <summary>The canonical metadata, <c>{}</c> when there is none.</summary>
    public ReadOnlyMemory<byte> MetadataJson => Metadata.State == FieldState.Present ? Bytes(Metadata) : EmptyObject;

    public void Reset(ReadOnlyMemory<byte> wire)
    {
        Scratch.Truncate(0);
        Wire = wire;
        EventType = Source = Timestamp = Category = EventId = Data = Metadata = default;
        UnknownFields = 0;
    }

    /// <summary>Masks what must not be kept, after everything that the sender said was judged as it was sent.</summary>
    public void Redact(EventRedaction redaction)
    {
        Data = Redact(redaction, Data);
        Metadata = Redact(redaction, Metadata);
    }

    /// <summary>Puts the checksum of the data into the metadata, in place of one that was sent.</summary>
    public void SealMetadata(EventChecksum checksum, EventCategory category)
    {
        Span<byte> text = stackalloc byte[EventChecksum.LengthMax];
        text = text[..checksum.Write(DataJson.Span, category, text)];

        // Room first: growing would move the metadata while it is copied.
        Scratch.GetSpan(MetadataJson.Length + ChecksumMember.BytesMax);
        var metadata = MetadataJson.Span;
        var start = Scratch.Length;
        var length = ChecksumMember.Find(metadata).Write(metadata, text, Scratch);
        Metadata = new Field(FieldState.Present, InScratch: true, start, length);
    }

    private Field Redact(EventRedaction redaction, Field field)
    {
        if (field.State != FieldState.Present || redaction.Apply(Bytes(field).Span) is not { } masked)
        {
            return field;
        }

        var start = Scratch.Length;
        Scratch.Append(masked);
        return new Field(FieldState.Present, InScratch: true, start, masked.Length);
    }

    /// <summary>The bytes of a field; valid until something is written to the scratch buffer.</summary>
    public ReadOnlyMemory<byte> Bytes(Field field) =>
        field.InScratch ? Scratch.Memory(field.Start, field.Length) : Wire.Slice(field.Start, field.Length);
}
