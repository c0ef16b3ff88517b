using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.Spool;

/// <summary>
/// CRC-32C (Castagnoli), the checksum that processors compute in hardware. Ours because System.IO.Hashing is not available everywhere, and
/// has no Castagnoli; replace when it has.
/// </summary>
internal static class Crc32C
{
    /// <summary>The checksum of nothing: where <see cref="Append(uint, ReadOnlySpan{byte})"/> starts.</summary>
    public const uint Empty = 0;

    public static uint Of(ReadOnlySpan<byte> bytes) => Append(Empty, bytes);

    /// <summary>The checksum of what <paramref name="crc"/> covered, followed by the bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    /// <summary>The checksum of what <paramref name="crc"/> covered, followed by the number as 8 bytes, little-endian.</summary>
    public static uint Append(uint crc, long number) => ~BitOperations.Crc32C(~crc, (ulong)number);
}
