namespace Holdfast.Faults.Support;

/// <summary>What happens to files on failing disks and under careless hands. Only while no server runs.</summary>
internal static class Damage
{
    /// <summary>Inverts a byte.</summary>
    public static void Flip(string path, long at)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Seek(at, SeekOrigin.Begin);
        var value = file.ReadByte();
        value.ShouldNotBe(-1, $"{path} has only {file.Length} bytes, not {at}.");
        file.Seek(at, SeekOrigin.Begin);
        file.WriteByte((byte)~value);
    }

    /// <summary>Writes over a stretch of the file.</summary>
    public static void Scribble(string path, long at, int length, int seed)
    {
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        using var file = File.Open(path, FileMode.Open, FileAccess.Write);
        file.Seek(at, SeekOrigin.Begin);
        file.Write(noise);
    }

    /// <summary>Cuts the file off.</summary>
    public static void Truncate(string path, long length)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }

    /// <summary>Where a text stands in the file, at or after a position.</summary>
    public static long Find(string path, ReadOnlySpan<byte> text, double share)
    {
        var bytes = File.ReadAllBytes(path);
        var from = (int)(bytes.Length * share);
        var at = bytes.AsSpan(from).IndexOf(text);
        at.ShouldBeGreaterThanOrEqualTo(0, $"{path} does not contain the text.");
        return from + at;
    }
}
