using System.Buffers.Binary;
using System.Buffers.Text;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;

namespace Holdfast.AspNetCore.Api;

/// <summary>Reads filters and cursors of the dead letters.</summary>
internal static class DeadLetterQueries
{
    private static readonly Dictionary<string, DeadLetterStatus?> Statuses =
        DeadLetterStatuses.Names.ToDictionary(name => name, name => (DeadLetterStatus?)DeadLetterStatuses.Parse(name));

    private static readonly Dictionary<string, SpoolKind?> Kinds = new() { ["event"] = SpoolKind.Event, ["sample"] = SpoolKind.Sample };

    public static DeadLetterFilter ReadFilter(QueryReader reader) => new()
    {
        Status = reader.Choice("status", null, Statuses),
        Kind = reader.Choice("kind", null, Kinds),
        EventType = reader.Text("event_type"),
        Source = reader.Text("source"),
        Fingerprint = reader.Text("fingerprint"),
        Code = reader.Text("sqlstate"),
        CorrelationId = reader.Text("correlation_id"),
        Text = reader.Text("text"),
        Since = reader.Instant("since"),
        Until = reader.Instant("until"),
    };

    public static DeadLetterQuery ReadPage(QueryReader reader)
    {
        long? before = null;
        if (reader.Text("cursor") is { } cursor && (before = DecodeCursor(cursor)) is null)
        {
            reader.Fault("cursor", "Not a cursor of this list. Start again without one.");
        }

        return new DeadLetterQuery { Filter = ReadFilter(reader), Limit = reader.Int("limit", 100, 1, 500), BeforeId = before };
    }

    public static DeadLetterStatus? ReadStatus(BodyFields fields)
    {
        if (fields.Text("status") is not { } name)
        {
            return null;
        }

        if (Statuses.TryGetValue(name, out var status))
        {
            return status;
        }

        fields.Fault("status", $"One of {string.Join(", ", Statuses.Keys)} is wanted.");
        return null;
    }

    /// <summary>Opaque to clients: base64url of the id that the page ended with.</summary>
    public static string EncodeCursor(long id)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        return Base64Url.EncodeToString(bytes);
    }

    private static long? DecodeCursor(string text)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        return text.Length == Base64Url.GetEncodedLength(sizeof(long)) && Base64Url.IsValid(text)
            && Base64Url.TryDecodeFromChars(text, bytes, out var written) && written == sizeof(long)
                ? BinaryPrimitives.ReadInt64BigEndian(bytes)
                : null;
    }
}
