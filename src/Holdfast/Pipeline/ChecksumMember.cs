using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>Where <c>"checksum":…</c> stands in canonical metadata, or where it belongs.</summary>
/// <param name="Start">Its first byte, or the byte before which it belongs.</param>
/// <param name="Length">Its bytes without a comma; 0 when it is not there.</param>
internal readonly record struct ChecksumMember(int Start, int Length)
{
    /// <summary>What a checksum adds to metadata at the most: the longest with its key, quotes and a comma.</summary>
    public const int BytesMax = EventChecksum.LengthMax + 16;

    private static ReadOnlySpan<byte> Head => "\"checksum\":"u8;

    /// <summary>Looks through the members of a canonical object, which are sorted.</summary>
    public static ChecksumMember Find(ReadOnlySpan<byte> metadataJson)
    {
        if (metadataJson.Length == 2)
        {
            return new ChecksumMember(1, 0);
        }

        var reader = new Utf8JsonReader(metadataJson);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var order = reader.ValueSpan.SequenceCompareTo("checksum"u8);
            var start = (int)reader.TokenStartIndex;
            if (order > 0)
            {
                return new ChecksumMember(start, 0);
            }

            reader.Skip();
            if (order == 0)
            {
                return new ChecksumMember(start, (int)reader.BytesConsumed - start);
            }
        }

        return new ChecksumMember(metadataJson.Length - 1, 0);
    }

    /// <summary>The checksum's text as it stands. False when it is no text.</summary>
    public bool TryText(ReadOnlySpan<byte> metadataJson, out ReadOnlySpan<byte> text)
    {
        var value = metadataJson.Slice(Start + Head.Length, Length - Head.Length);
        var isText = value[0] == '"';
        text = isText ? value[1..^1] : default;
        return isText;
    }

    /// <summary>Appends the metadata with this checksum in its place. Returns the bytes appended.</summary>
    public int Write(ReadOnlySpan<byte> metadataJson, ReadOnlySpan<byte> checksum, PooledBuffer target)
    {
        var start = target.Length;
        var replaces = Length > 0;
        var isLast = Start == metadataJson.Length - 1;
        target.Append(metadataJson[..Start]);
        if (isLast && Start > 1)
        {
            target.Append((byte)',');
        }

        target.Append(Head);
        target.Append((byte)'"');
        target.Append(checksum);
        target.Append((byte)'"');
        if (!replaces && !isLast)
        {
            target.Append((byte)',');
        }

        target.Append(metadataJson[(Start + Length)..]);
        return target.Length - start;
    }
}
