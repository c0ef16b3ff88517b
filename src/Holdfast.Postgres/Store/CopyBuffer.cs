using System.Buffers.Binary;
using Holdfast.Pipeline;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Rows in the binary format of COPY, written straight from the slices of a batch: no string and no object per row, and a part of the rows
/// can be sent again without encoding it again. Numbers are big-endian; every field is its length and its bytes.
/// </summary>
internal sealed class CopyBuffer(int capacity) : IDisposable
{
    private const byte JsonbVersion = 1;
    private const int NullLength = -1;

    private readonly PooledBuffer _bytes = new(capacity);
    private readonly List<int> _starts = [];

    /// <summary>Signature, flags and length of the extension.</summary>
    public static ReadOnlyMemory<byte> Header { get; } = (byte[])[.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>A row of -1 fields.</summary>
    public static ReadOnlyMemory<byte> Trailer { get; } = (byte[])[0xFF, 0xFF];

    public int Count => _starts.Count;

    /// <summary>The rows from one up to, and without, another.</summary>
    public ReadOnlyMemory<byte> Rows(int first, int end)
    {
        var start = first < _starts.Count ? _starts[first] : _bytes.Length;
        var stop = end < _starts.Count ? _starts[end] : _bytes.Length;
        return _bytes.Memory(start, stop - start);
    }

    public CopyBuffer StartRow(short fields)
    {
        _starts.Add(_bytes.Length);
        BinaryPrimitives.WriteInt16BigEndian(_bytes.GetSpan(sizeof(short)), fields);
        _bytes.Advance(sizeof(short));
        return this;
    }

    public CopyBuffer Write(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int)), value);
        return this;
    }

    public CopyBuffer Write(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long)), value);
        return this;
    }

    public CopyBuffer Write(double value)
    {
        BinaryPrimitives.WriteDoubleBigEndian(Field(sizeof(double)), value);
        return this;
    }

    public CopyBuffer Write(Guid value)
    {
        value.TryWriteBytes(Field(16), bigEndian: true, out _);
        return this;
    }

    public CopyBuffer WriteText(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Field(utf8.Length));
        return this;
    }

    /// <summary>Nothing is NULL: an empty text is not needed anywhere.</summary>
    public CopyBuffer WriteTextOrNull(ReadOnlySpan<byte> utf8)
    {
        if (!utf8.IsEmpty)
        {
            return WriteText(utf8);
        }

        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(sizeof(int)), NullLength);
        _bytes.Advance(sizeof(int));
        return this;
    }

    public CopyBuffer WriteJsonb(ReadOnlySpan<byte> utf8)
    {
        var field = Field(1 + utf8.Length);
        field[0] = JsonbVersion;
        utf8.CopyTo(field[1..]);
        return this;
    }

    public void Dispose() => _bytes.Dispose();

    private Span<byte> Field(int length)
    {
        var span = _bytes.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        _bytes.Advance(sizeof(int) + length);
        return span.Slice(sizeof(int), length);
    }
}
