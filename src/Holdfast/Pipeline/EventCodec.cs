using System.Buffers;
using System.Buffers.Binary;

namespace Holdfast.Pipeline;

/// <summary>
/// One event inside an encoded batch. Texts are UTF-8 slices of the batch: valid as long as the batch's memory is, and free of
/// allocations on the way from the spool to the store.
/// </summary>
internal readonly record struct EventRow
{
    public required Guid Id { get; init; }

    /// <summary>True when a client chose the id; only then can it collide with one already stored.</summary>
    public required bool ClientId { get; init; }
    public required long TimestampMicroseconds { get; init; }
    public required EventCategory Category { get; init; }
    public required ReadOnlyMemory<byte> EventType { get; init; }
    public required ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>Canonical JSON object: sorted keys, compact.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>JSON object, compact.</summary>
    public required ReadOnlyMemory<byte> Metadata { get; init; }
}

/// <summary>
/// The payload of an event batch, version 1: rows one after another, each
/// <c>id 16 bytes (RFC 9562 order) | timestamp i64 µs since 1970 | category u8 | flags u8 (1: client id) | 4 texts (event_type, source, data, metadata), each LEB128 length + UTF-8</c>.
/// Integers are little-endian.
/// </summary>
internal static class EventCodec
{
    public const byte Version = 1;

    private const int FixedBytes = 16 + 8 + 1 + 1;

    /// <summary>An upper bound of the bytes a row takes.</summary>
    public static int SizeBytes(in EventRow row) =>
        FixedBytes + (4 * 5) + row.EventType.Length + row.Source.Length + row.Data.Length + row.Metadata.Length;

    /// <summary>Appends a row to a batch under construction.</summary>
    public static void Write(IBufferWriter<byte> writer, in EventRow row)
    {
        var span = writer.GetSpan(SizeBytes(row));
        row.Id.TryWriteBytes(span, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], row.TimestampMicroseconds);
        span[24] = (byte)row.Category;
        span[25] = row.ClientId ? (byte)1 : (byte)0;
        var at = FixedBytes;
        at += Varint.WriteBytes(span[at..], row.EventType.Span);
        at += Varint.WriteBytes(span[at..], row.Source.Span);
        at += Varint.WriteBytes(span[at..], row.Data.Span);
        at += Varint.WriteBytes(span[at..], row.Metadata.Span);
        writer.Advance(at);
    }

    /// <summary>Reads the rows of a batch in order.</summary>
    /// <exception cref="InvalidDataException">The payload is not what its version says; the message has the offset.</exception>
    public static IEnumerable<EventRow> Read(ReadOnlyMemory<byte> payload)
    {
        var at = 0;
        while (at < payload.Length)
        {
            yield return ReadRow(payload, ref at);
        }
    }

    /// <summary>Reads the row at an offset and moves it behind the row; a store also needs the bytes between the two.</summary>
    /// <exception cref="InvalidDataException">There is no whole row at the offset, which is then undefined.</exception>
    public static EventRow ReadRow(ReadOnlyMemory<byte> payload, ref int at)
    {
        if (payload.Length - at < FixedBytes)
        {
            throw new InvalidDataException($"An event row is cut off at byte {at}.");
        }

        var head = payload.Span[at..];
        var id = new Guid(head[..16], bigEndian: true);
        var timestamp = BinaryPrimitives.ReadInt64LittleEndian(head[16..]);
        var category = (EventCategory)head[24];
        var clientId = (head[25] & 1) != 0;
        at += FixedBytes;
        return new EventRow
        {
            Id = id,
            ClientId = clientId,
            TimestampMicroseconds = timestamp,
            Category = category,
            EventType = Varint.ReadBytes(payload, ref at),
            Source = Varint.ReadBytes(payload, ref at),
            Data = Varint.ReadBytes(payload, ref at),
            Metadata = Varint.ReadBytes(payload, ref at),
        };
    }
}

/// <summary>Unsigned LEB128 lengths, as in Protocol Buffers.</summary>
internal static class Varint
{
    public static int Write(Span<byte> target, uint value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            target[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[at++] = (byte)value;
        return at;
    }

    public static int WriteBytes(Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        var head = Write(target, (uint)bytes.Length);
        bytes.CopyTo(target[head..]);
        return head + bytes.Length;
    }

    public static uint Read(ReadOnlySpan<byte> source, ref int at)
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (at >= source.Length)
            {
                break;
            }

            var next = source[at++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException($"A length is cut off or too long at byte {at}.");
    }

    public static ReadOnlyMemory<byte> ReadBytes(ReadOnlyMemory<byte> source, ref int at)
    {
        var length = Read(source.Span, ref at);
        if (length > (uint)(source.Length - at))
        {
            throw new InvalidDataException($"A text of {length} bytes is cut off at byte {at}.");
        }

        var bytes = source.Slice(at, (int)length);
        at += (int)length;
        return bytes;
    }
}
