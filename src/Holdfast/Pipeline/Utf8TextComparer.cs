using System.Text;

namespace Holdfast.Pipeline;

/// <summary>
/// Lets a dictionary with texts as keys be asked with UTF-8, so that finding what is known of an event type makes no string. The hash is
/// seeded per process: nobody can choose event types that collide.
/// </summary>
internal sealed class Utf8TextComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
{
    private const int BytesOnStack = 256;

    public static Utf8TextComparer Instance { get; } = new();

    public string Create(ReadOnlySpan<byte> alternate) => Encoding.UTF8.GetString(alternate);

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public bool Equals(ReadOnlySpan<byte> alternate, string other)
    {
        if (Ascii.Equals(alternate, other))
        {
            return true;
        }

        return alternate.Length > other.Length && string.Equals(Create(alternate), other, StringComparison.Ordinal);
    }

    public int GetHashCode(string obj)
    {
        var length = Encoding.UTF8.GetByteCount(obj);
        var bytes = length <= BytesOnStack ? stackalloc byte[length] : new byte[length];
        Encoding.UTF8.GetBytes(obj, bytes);
        return GetHashCode(bytes);
    }

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = default(HashCode);
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}
