using System.Buffers.Text;

namespace Holdfast.Pipeline;

/// <summary>What the validator learned of an event on the way.</summary>
internal readonly record struct EventFacts
{
    /// <summary>The id the client chose, if it did.</summary>
    public required Guid? ClientId { get; init; }
    public required long TimestampMicroseconds { get; init; }

    /// <summary>The category the client chose, if it did.</summary>
    public required EventCategory? Category { get; init; }

    /// <summary>The type can name a row of the validation metrics, whatever else is wrong.</summary>
    public required bool EventTypeValid { get; init; }
}

/// <summary>
/// Judges a draft and lists every fault it has. Defaults stand in for what is absent before anything is required, so only
/// <c>event_type</c> and <c>data</c> can be missing. Made for one request: clock and settings stand still in it.
/// </summary>
internal sealed class EventValidator(IntakeOptions options, DateTimeOffset now, EventChecksum checksum)
{
    // The last millisecond of the year 9999; it also keeps the arithmetic in microseconds from overflowing.
    private const double UnixMillisecondsMax = 253_402_300_799_999;

    private readonly long _now = Microseconds(now);
    private readonly long _oldest = Microseconds(now - options.TimestampAgeMax);
    private readonly long _newest = Microseconds(now + options.TimestampAheadMax);

    /// <summary>Adds the faults of the draft to <paramref name="errors"/>; the facts are whole only when none was added.</summary>
    public EventFacts Judge(EventDraft draft, List<EventError> errors)
    {
        var facts = new EventFacts
        {
            EventTypeValid = CheckEventType(draft, errors),
            TimestampMicroseconds = CheckTimestamp(draft, errors),
            Category = CheckCategory(draft, errors),
            ClientId = CheckEventId(draft, errors),
        };
        CheckSource(draft, errors);
        if (CheckData(draft, errors) & CheckMetadata(draft, errors))
        {
            CheckChecksum(draft, errors);
        }

        return facts;
    }

    private bool CheckEventType(EventDraft draft, List<EventError> errors)
    {
        if (draft.EventType.State == FieldState.Absent)
        {
            errors.Add(new("required_fields", "event_type", "It is missing."));
            return false;
        }

        if (!IsUsable(draft.EventType, "event_type", "a text", errors))
        {
            return false;
        }

        var text = draft.Bytes(draft.EventType).Span;
        var valid = !IsBlank(text) && !IsLonger(text, options.EventTypeCharactersMax);
        if (!valid)
        {
            errors.Add(new("event_type_format", "event_type", $"It must have 1 to {options.EventTypeCharactersMax} characters and not be blank."));
        }

        return valid;
    }

    private void CheckSource(EventDraft draft, List<EventError> errors)
    {
        if (draft.Source.State != FieldState.Absent
            && IsUsable(draft.Source, "source", "a text", errors)
            && IsLonger(draft.Bytes(draft.Source).Span, options.SourceCharactersMax))
        {
            errors.Add(new("source_format", "source", $"It may have up to {options.SourceCharactersMax} characters."));
        }
    }

    private long CheckTimestamp(EventDraft draft, List<EventError> errors)
    {
        if (draft.Timestamp.State == FieldState.Absent)
        {
            return _now;
        }

        if (!IsUsable(draft.Timestamp, "timestamp", "a text (RFC 3339) or a number (unix milliseconds)", errors))
        {
            return default;
        }

        var text = draft.Bytes(draft.Timestamp).Span;
        var isNumber = draft.Timestamp.State == FieldState.Number;
        if (!(isNumber ? TryParseUnixMilliseconds(text, out var microseconds) : Rfc3339.TryParse(text, out microseconds)))
        {
            errors.Add(new("data_types", "timestamp", "It must be RFC 3339 with an offset, such as 2026-01-31T08:30:00Z, or unix milliseconds."));
            return default;
        }

        if (microseconds < _oldest || microseconds > _newest)
        {
            errors.Add(new("timestamp_range", "timestamp", $"It must lie within {options.TimestampAgeMax.TotalDays:0.##} days before and {options.TimestampAheadMax.TotalDays:0.##} days after the server's clock."));
        }

        return microseconds;
    }

    private EventCategory? CheckCategory(EventDraft draft, List<EventError> errors)
    {
        if (draft.Category.State == FieldState.Absent || !IsUsable(draft.Category, "category", "a text", errors))
        {
            return null;
        }

        if (EventCategories.TryParse(draft.Bytes(draft.Category).Span, out var category))
        {
            return category;
        }

        errors.Add(new("data_types", "category", $"It must be one of {string.Join(", ", EventCategories.Names)}."));
        return null;
    }

    private Guid? CheckEventId(EventDraft draft, List<EventError> errors)
    {
        if (draft.EventId.State == FieldState.Absent || !IsUsable(draft.EventId, "event_id", "a text", errors))
        {
            return null;
        }

        // The nil UUID is what an unset variable looks like: all its events would be taken for one.
        var text = draft.Bytes(draft.EventId).Span;
        if (Utf8Parser.TryParse(text, out Guid id, out var used) && used == text.Length && id != Guid.Empty)
        {
            return id;
        }

        errors.Add(new("data_types", "event_id", "It must be a UUID of any version, in its form with hyphens, and not the nil UUID."));
        return null;
    }

    private bool CheckData(EventDraft draft, List<EventError> errors)
    {
        if (draft.Data.State != FieldState.Absent)
        {
            return IsUsable(draft.Data, "data", "an object", errors);
        }

        if (options.Validation)
        {
            errors.Add(new("required_fields", "data", "It is missing."));
        }

        return !options.Validation;
    }

    private bool CheckMetadata(EventDraft draft, List<EventError> errors) =>
        draft.Metadata.State == FieldState.Absent || IsUsable(draft.Metadata, "metadata", "an object", errors);

    private void CheckChecksum(EventDraft draft, List<EventError> errors)
    {
        if (options.Validation && draft.Metadata.State == FieldState.Present
            && checksum.Verify(draft.MetadataJson.Span, draft.DataJson.Span) is { } fault)
        {
            errors.Add(new("checksum", "metadata.checksum", fault));
        }
    }

    private bool IsUsable(Field field, string name, string expected, List<EventError> errors)
    {
        if (field.State is FieldState.Present or FieldState.Number)
        {
            return true;
        }

        errors.Add(field.State switch
        {
            FieldState.TooDeep => new("depth", name, $"It may have up to {options.DepthMax} nested levels."),
            FieldState.BadText => new("json", name, "A text in it has half of a surrogate pair."),
            _ => new("data_types", name, $"It must be {expected}."),
        });
        return false;
    }

    private static bool TryParseUnixMilliseconds(ReadOnlySpan<byte> text, out long microseconds)
    {
        // Not only whole numbers: clocks of browsers have fractions of a millisecond.
        var valid = Utf8Parser.TryParse(text, out double milliseconds, out var used) && used == text.Length
            && Math.Abs(milliseconds) <= UnixMillisecondsMax;
        microseconds = valid ? (long)Math.Round(milliseconds * 1_000) : 0;
        return valid;
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)0, (byte)' ');

    private static bool IsLonger(ReadOnlySpan<byte> text, int charactersMax)
    {
        if (text.Length <= charactersMax)
        {
            return false;
        }

        var characters = 0;
        foreach (var unit in text)
        {
            var continues = (unit & 0b1100_0000) == 0b1000_0000;
            characters += continues ? 0 : 1;
        }

        return characters > charactersMax;
    }

    private static long Microseconds(DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
