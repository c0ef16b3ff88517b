using System.Buffers.Binary;
using System.Buffers.Text;
using Holdfast.Storage;

namespace Holdfast.AspNetCore.Api;

/// <summary>Where a page ended that is ordered by time: opaque to clients, base64url of timestamp and id.</summary>
internal static class PageCursor
{
    private const int SizeBytes = 8 + 16;

    private static readonly long LatestMicroseconds = UnixMicroseconds.From(DateTimeOffset.MaxValue);

    public static string Encode((long TimestampMicroseconds, Guid EventId) position)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position.TimestampMicroseconds);
        position.EventId.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The parameter <c>cursor</c>; null when there is none, or when it is wrong, which is noted.</summary>
    public static (long TimestampMicroseconds, Guid EventId)? Read(QueryReader reader)
    {
        if (reader.Text("cursor") is not { } cursor)
        {
            return null;
        }

        if (TryDecode(cursor, out var position))
        {
            return position;
        }

        reader.Fault("cursor", "Not a cursor of this list. Start again without one.");
        return null;
    }

    public static bool TryDecode(string text, out (long TimestampMicroseconds, Guid EventId) position)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        position = default;
        if (text.Length != Base64Url.GetEncodedLength(SizeBytes) || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != SizeBytes)
        {
            return false;
        }

        position = (BinaryPrimitives.ReadInt64BigEndian(bytes), new Guid(bytes[8..], bigEndian: true));

        // Nothing that is stored lies beyond what instants can be, so no page has ended there.
        return position.TimestampMicroseconds >= 0 && position.TimestampMicroseconds <= LatestMicroseconds;
    }
}
