using System.Buffers.Text;
using Holdfast.Retries;

namespace Holdfast.AspNetCore.Api;

/// <summary>Reads filters and cursors of the retries.</summary>
internal static class RetryQueries
{
    private const int IdBytes = 16;

    public static RetryQuery ReadPage(QueryReader reader)
    {
        Guid? before = null;
        if (reader.Text("cursor") is { } cursor && (before = DecodeCursor(cursor)) is null)
        {
            reader.Fault("cursor", "Not a cursor of this list. Start again without one.");
        }

        return new RetryQuery { Filter = ReadFilter(reader), Limit = reader.Int("limit", 100, 1, 500), Before = before };
    }

    public static RetryFilter ReadFilter(QueryReader reader)
    {
        var filter = new RetryFilter
        {
            Status = reader.Choice("status", null, RetryJson.Statuses),
            OperationType = reader.Text("operation_type"),
            Target = reader.Text("target", charactersMax: 2_000),
            Fingerprint = reader.Text("fingerprint"),
            CorrelationId = reader.Text("correlation_id"),
            GroupKey = reader.Text("group_key"),
            Text = reader.Text("q"),
        };
        if (filter is { Text: not null, Status: RetryStatus.Pending or RetryStatus.Processing })
        {
            reader.Fault("q", "Items that are unfinished are found by exact keys alone: leave it out, or ask for another status.");
        }

        return filter;
    }

    /// <summary>Opaque to clients: base64url of the id that the page ended with.</summary>
    public static string EncodeCursor(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    private static Guid? DecodeCursor(string text)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        return text.Length == Base64Url.GetEncodedLength(IdBytes) && Base64Url.IsValid(text)
            && Base64Url.TryDecodeFromChars(text, bytes, out var written) && written == IdBytes
            ? new Guid(bytes, bigEndian: true)
            : null;
    }
}
