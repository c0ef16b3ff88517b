using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.Flags.Rules;

/// <summary>
/// MurmurHash3, the form for 32 bits on x86: spreads well, costs nanoseconds, and exists in every language, so that a client that evaluates
/// by itself comes to the same result. It is no protection: who may choose a key may choose its hash.
/// </summary>
internal static class Murmur3
{
    private const uint FirstFactor = 0xcc9e2d51;
    private const uint SecondFactor = 0x1b873593;

    public static uint Hash(ReadOnlySpan<byte> data, uint seed = 0)
    {
        var hash = seed;
        var rest = data;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            hash ^= Scramble(BinaryPrimitives.ReadUInt32LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 13) * 5) + 0xe6546b64;
        }

        return Finish(hash ^ Scramble(Tail(rest)) ^ (uint)data.Length);
    }

    /// <summary>Up to three bytes; of none it is 0, which scrambles to 0 and changes nothing.</summary>
    private static uint Tail(ReadOnlySpan<byte> rest)
    {
        var block = 0u;
        for (var i = rest.Length - 1; i >= 0; i--)
        {
            block = (block << 8) | rest[i];
        }

        return block;
    }

    private static uint Scramble(uint block) => BitOperations.RotateLeft(block * FirstFactor, 15) * SecondFactor;

    private static uint Finish(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }
}
