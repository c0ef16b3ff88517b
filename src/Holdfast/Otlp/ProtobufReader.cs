using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Otlp;

/// <summary>
/// Reads the wire format of Protocol Buffers in place. A message within a message is a slice of the same bytes, so nothing is allocated,
/// and no length is believed before it fits into what is there.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>The wire types: the lower three bits of a tag. A tag is the field's number shifted by three, with its wire type.</summary>
    public const uint Varint = 0;
    public const uint Fixed64 = 1;
    public const uint Bytes = 2;
    public const uint Fixed32 = 5;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool AtEnd => _at == _bytes.Length;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _at;

    /// <summary>The tag of the next field; false at the end of the message.</summary>
    public bool TryReadTag(out uint tag)
    {
        if (AtEnd)
        {
            tag = 0;
            return false;
        }

        var value = ReadVarint();
        tag = value <= uint.MaxValue && value >> 3 != 0 ? (uint)value : throw new OtlpFormatException($"There is no field with the tag {value}.");
        return true;
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70 && _at < _bytes.Length; shift += 7)
        {
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new OtlpFormatException("A number is cut off or longer than ten bytes.");
    }

    /// <summary>A number that is written so that small negative ones are short, too (sint32).</summary>
    public int ReadZigZag()
    {
        var value = (uint)ReadVarint();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>The bytes of a text, of a message, or of packed numbers.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= int.MaxValue ? Take((int)length) : throw new OtlpFormatException($"A field of {length} bytes is longer than the body.");
    }

    public string ReadText()
    {
        try
        {
            return Strict.GetString(ReadBytes());
        }
        catch (DecoderFallbackException fault)
        {
            throw new OtlpFormatException("A text is not UTF-8.", fault);
        }
    }

    /// <summary>Passes over the value of a field that is not known, or not with this wire type.</summary>
    public void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Bytes:
                ReadBytes();
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                // Groups were given up before this protocol was made; following their nesting would be a way to exhaust the stack.
                throw new OtlpFormatException($"The wire type {tag & 7} of field {tag >> 3} is not known.");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw new OtlpFormatException($"A field of {count} bytes is cut off after {_bytes.Length - _at}.");
        }

        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }
}
