using System.Buffers.Binary;

namespace Holdfast.Sqlite.Native;

/// <summary>The columns of a record as they stand in the file.</summary>
internal static class SqliteRecord
{
    private const int FirstBlob = 12;

    /// <summary>
    /// Reads a record of whole numbers that ends with a blob. False when it is of another form.
    /// </summary>
    /// <param name="numbers">As many as are expected; a NULL, which is how the key stands in its own column, reads as 0.</param>
    public static bool TryRead(ReadOnlySpan<byte> record, Span<long> numbers, out ReadOnlySpan<byte> blob)
    {
        blob = default;
        var head = new SqliteVarints(record);
        if (!head.TryRead(out var headBytes) || headBytes > record.Length || headBytes <= record.Length - head.Rest.Length)
        {
            return false;
        }

        var types = new SqliteVarints(record[(record.Length - head.Rest.Length)..(int)headBytes]);
        var body = record[(int)headBytes..];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!types.TryRead(out var type) || !TryReadNumber(type, ref body, out numbers[i]))
            {
                return false;
            }
        }

        if (!types.TryRead(out var blobType) || blobType < FirstBlob || blobType % 2 != 0 || (blobType - FirstBlob) / 2 != body.Length || types.Rest.Length > 0)
        {
            return false;
        }

        blob = body;
        return true;
    }

    private static bool TryReadNumber(long type, ref ReadOnlySpan<byte> body, out long value)
    {
        value = type == 9 ? 1 : 0;
        var bytes = type switch { 0 or 8 or 9 => 0, >= 1 and <= 4 => (int)type, 5 => 6, 6 => 8, _ => -1 };
        if (bytes < 0 || bytes > body.Length)
        {
            return false;
        }

        if (bytes > 0)
        {
            Span<byte> whole = stackalloc byte[8];
            whole.Fill((body[0] & 0x80) != 0 ? (byte)0xFF : (byte)0);
            body[..bytes].CopyTo(whole[(8 - bytes)..]);
            value = BinaryPrimitives.ReadInt64BigEndian(whole);
            body = body[bytes..];
        }

        return true;
    }
}
