using System.Text;

namespace Holdfast.Flags.Rules;

/// <summary>
/// Where a key stands among 100,000 buckets of one flag: <c>murmur3(salt + key) * 100000 &gt;&gt; 32</c>. A share of 25 % is the first 25,000
/// buckets, so one that is raised only adds keys. Two flags with one salt cut the keys alike; with different ones independently.
/// </summary>
internal static class FlagBucket
{
    /// <summary>Buckets, and so the units in which shares are counted: 0.001 %.</summary>
    public const int Count = 100_000;

    private const int StackBytesMax = 512;

    public static int Of(string salt, string key)
    {
        var length = Encoding.UTF8.GetByteCount(salt) + Encoding.UTF8.GetByteCount(key);
        var bytes = length <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[length];
        var written = Encoding.UTF8.GetBytes(salt, bytes);
        written += Encoding.UTF8.GetBytes(key, bytes[written..]);
        return (int)(((ulong)Murmur3.Hash(bytes[..written]) * Count) >> 32);
    }
}
