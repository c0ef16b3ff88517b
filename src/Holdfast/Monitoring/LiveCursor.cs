using System.Buffers.Binary;
using System.Buffers.Text;

namespace Holdfast.Monitoring;

/// <summary>
/// Where a watcher stands: one (epoch, sequence) per node. Opaque to clients: base64url of 24 bytes a node. Valid on every node, since it
/// names positions of the log and not of a connection.
/// </summary>
internal static class LiveCursor
{
    private const int EntryBytes = 16 + 8;

    // A cursor names nodes, of which there are few; a longer one is nonsense.
    private const int EntriesMax = 64;

    /// <summary>Characters of a cursor that names as many nodes as one may.</summary>
    public static readonly int CharactersMax = Base64Url.GetEncodedLength(EntryBytes * EntriesMax);

    public static string Encode(Guid epoch, long sequence)
    {
        Span<byte> bytes = stackalloc byte[EntryBytes];
        epoch.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], sequence);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor; false when it is not one.</summary>
    public static bool TryDecode(string text, out IReadOnlyDictionary<Guid, long> positions)
    {
        var found = new Dictionary<Guid, long>();
        positions = found;
        Span<byte> bytes = stackalloc byte[EntryBytes * EntriesMax];
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

            found[new Guid(bytes.Slice(at, 16), bigEndian: true)] = sequence;
        }

        return true;
    }
}
