namespace Holdfast.Storage.Tests.Support;

/// <summary>What a failing disk does to files.</summary>
internal static class Damage
{
    /// <summary>Flips one bit at a fraction of the file's length.</summary>
    public static void Flip(string path, double where)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = (long)(file.Length * where);
        var old = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(old ^ 0x10));
    }

    /// <summary>Flips a bit in every copy of the bytes: SQLite may have left an old one in a page.</summary>
    public static void FlipWithin(string path, ReadOnlySpan<byte> bytes)
    {
        var content = File.ReadAllBytes(path);
        for (int at; (at = content.AsSpan().IndexOf(bytes)) >= 0;)
        {
            content[at] ^= 1;
        }

        File.WriteAllBytes(path, content);
    }

    public static void Overwrite(string path, long offset, int length)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = offset;
        var garbage = new byte[length];
        new Random(1).NextBytes(garbage);
        file.Write(garbage);
    }
}
