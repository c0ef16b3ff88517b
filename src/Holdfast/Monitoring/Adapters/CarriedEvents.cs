using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring.Adapters;

/// <summary>Compares what an adapter sent with the checksums that the events were recorded with.</summary>
/// <param name="secret">Key of the checksums of critical events; null: there is none.</param>
internal sealed class CarriedEvents(string? secret)
{
    private readonly EventChecksum _checksum = new(secret);

    /// <summary>Compares the share of a batch that was to be carried with the frames that were sent.</summary>
    public ComparedEvents Compare(RecordedEvents recorded, RolloutShares shares, IReadOnlyList<byte[]> frames)
    {
        var sent = new Dictionary<long, ReadOnlyMemory<byte>>();
        foreach (var frame in frames)
        {
            FindData(frame, sent);
        }

        var compared = new ComparedEvents();
        foreach (var (row, sequence) in Of(recorded, shares))
        {
            if (!sent.TryGetValue(sequence, out var data))
            {
                compared.Add(Missing(row, sequence, "It is not in what was sent."));
            }
            else if (IsAsRecorded(row, data.Span))
            {
                compared.Match(row.Category);
            }
            else
            {
                compared.Add(Missing(row, sequence, null) with { Actual = ChecksumOf(data.Span, row.Category) });
            }
        }

        return compared;
    }

    /// <summary>The share of a batch, nothing of which was carried.</summary>
    public ComparedEvents Lost(RecordedEvents recorded, RolloutShares shares, string fault)
    {
        var compared = new ComparedEvents();
        foreach (var (row, sequence) in Of(recorded, shares))
        {
            compared.Add(Missing(row, sequence, fault));
        }

        return compared;
    }

    private static IEnumerable<(EventRow Row, long SequenceId)> Of(RecordedEvents recorded, RolloutShares shares) =>
        recorded.Rows().Where(one => shares.Carries(one.Row.Category, one.Row.Id));

    private bool IsAsRecorded(in EventRow row, ReadOnlySpan<byte> data) =>
        Recorded(row).IsEmpty ? data.SequenceEqual(row.Data.Span) : _checksum.Verify(row.Metadata.Span, data) is null;

    private ComparedEvent Missing(in EventRow row, long sequenceId, string? fault)
    {
        var expected = Recorded(row) is { IsEmpty: false } text ? Encoding.UTF8.GetString(text) : ChecksumOf(row.Data.Span, row.Category);
        return new ComparedEvent(sequenceId, Encoding.UTF8.GetString(row.EventType.Span), row.Category, expected, Actual: null, fault);
    }

    private string ChecksumOf(ReadOnlySpan<byte> data, EventCategory category)
    {
        Span<byte> text = stackalloc byte[EventChecksum.LengthMax];
        return Encoding.ASCII.GetString(text[.._checksum.Write(data, category, text)]);
    }

    /// <summary>The checksum that a row carries; empty when it has none.</summary>
    private static ReadOnlySpan<byte> Recorded(in EventRow row)
    {
        var metadata = row.Metadata.Span;
        var member = ChecksumMember.Find(metadata);
        return member.Length > 0 && member.TryText(metadata, out var text) ? text : default;
    }

    /// <summary>Finds the data of each event of a frame: <c>["e", cursor, [{..., "data": ..., "sequence_id": ...}]]</c>.</summary>
    private static void FindData(ReadOnlyMemory<byte> frame, Dictionary<long, ReadOnlyMemory<byte>> found)
    {
        var reader = new Utf8JsonReader(frame.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject && FindData(frame, ref reader) is (var sequence, var data))
            {
                found[sequence] = data;
            }
        }
    }

    private static (long SequenceId, ReadOnlyMemory<byte> Data)? FindData(ReadOnlyMemory<byte> frame, ref Utf8JsonReader reader)
    {
        long? sequence = null;
        ReadOnlyMemory<byte> data = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                data = frame[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals("sequence_id"u8))
            {
                reader.Read();
                sequence = reader.GetInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        return sequence is { } number ? (number, data) : null;
    }
}
