using System.Buffers.Binary;
using System.Buffers.Text;

namespace Holdfast.Monitoring;

/// <summary>
/// Where a watcher stands: one (epoch, sequence) per node. Opaque to clients: base64url of 24 bytes a node. Valid on every node, since it
/// names positions of the log and not of a connection.
/// </summary>
internal static class LiveCursor
{
    /// <summary>
    /// Epochs that a cursor names: a node that keeps its spool has one for ever, and of those that are given a new disk at each start the
    /// ones that still write come first.
    /// </summary>
    public const int EpochsMax = 64;

    private const int EntryBytes = 16 + 8;

    /// <summary>Characters of a cursor that names as many nodes as one may.</summary>
    public static readonly int CharactersMax = Base64Url.GetEncodedLength(EntryBytes * EpochsMax);

    /// <summary>The cursor at these positions, or at the first of them when there are more than it may name.</summary>
    public static string Encode(LivePositions positions)
    {
        Span<byte> bytes = stackalloc byte[EntryBytes * EpochsMax];
        var length = 0;
        foreach (var (epoch, sequence) in positions.All.Take(EpochsMax))
        {
            epoch.TryWriteBytes(bytes[length..], bigEndian: true, out _);
            BinaryPrimitives.WriteInt64BigEndian(bytes[(length + 16)..], sequence);
            length += EntryBytes;
        }

        return Base64Url.EncodeToString(bytes[..length]);
    }

    /// <summary>Reads a cursor; false when it is not one.</summary>
    public static bool TryDecode(string text, out LivePositions positions)
    {
        positions = LivePositions.None;
        Span<byte> bytes = stackalloc byte[EntryBytes * EpochsMax];
        if (text.Length > CharactersMax
            || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written)
            || written == 0 || written % EntryBytes != 0)
        {
            return false;
        }

        for (var at = 0; at < written; at += EntryBytes)
        {
            var sequence = BinaryPrimitives.ReadInt64BigEndian(bytes[(at + 16)..]);
            if (sequence < 0)
            {
                return false;
            }

            positions = positions.With(new Guid(bytes.Slice(at, 16), bigEndian: true), sequence);
        }

        return true;
    }
}
