namespace Holdfast.Sqlite.Native;

/// <summary>Reads SQLite's variable-length integers one after the other: seven bits a byte, the highest first, all eight of a ninth.</summary>
internal ref struct SqliteVarints(ReadOnlySpan<byte> bytes)
{
    private const int BytesMax = 9;

    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public bool TryRead(out long value)
    {
        value = 0;
        for (var i = 0; i < Math.Min(BytesMax, Rest.Length); i++)
        {
            var last = i == BytesMax - 1;
            value = last ? (value << 8) | Rest[i] : (value << 7) | (uint)(Rest[i] & 0x7F);
            if (last || Rest[i] < 0x80)
            {
                Rest = Rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
