using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Spool;

namespace Holdfast.Faults.Support;

/// <summary>
/// Identity and content of the events of one test, all told by a number: so a judge knows from an id alone whether it was ever sent, and
/// from a number alone what must stand in the event. Ids are UUIDs of version 8: a salt, then the number.
/// </summary>
internal sealed class EventNaming
{
    private const int NumberAt = 8;
    private const byte Version8 = 0x80;
    private const byte Variant = 0x80;

    // What stores and wires like to damage: quotes, backslashes, control characters, more than one byte, more than one UTF-16 unit.
    private static readonly string[] Words = ["plain", "\"quoted\"", "back\\slash", "tab\tline\n", "größer", "日本", "🧯", "</script>", "null", "\u0001"];

    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(NumberAt);

    public Guid IdOf(long number)
    {
        Span<byte> bytes = stackalloc byte[16];
        _salt.CopyTo(bytes);
        bytes[6] = (byte)(Version8 | (bytes[6] & 0x0F));
        BinaryPrimitives.WriteInt64BigEndian(bytes[NumberAt..], number);
        bytes[NumberAt] = Variant;
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The number of an id of this test; null for an id of nobody's.</summary>
    public long? NumberOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[NumberAt] = 0;
        var number = BinaryPrimitives.ReadInt64BigEndian(bytes[NumberAt..]);
        return IdOf(number) == id ? number : null;
    }

    /// <summary>Between 1 and some 200 characters.</summary>
    public static string TextOf(long number)
    {
        var text = new StringBuilder();
        for (var i = 0; i <= number % 23; i++)
        {
            text.Append(Words[(int)((number + (i * 7)) % Words.Length)]).Append(' ');
        }

        return text.ToString();
    }

    /// <summary>Over number and text, made here and not by the product.</summary>
    public static uint CheckOf(long number, string text) => Crc32C.Append(Crc32C.Of(Encoding.UTF8.GetBytes(text)), number);
}
