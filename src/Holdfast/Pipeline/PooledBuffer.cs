using System.Buffers;

namespace Holdfast.Pipeline;

/// <summary>A growing byte buffer on pooled arrays. Slices are valid until the next write, which may move the bytes. Not thread-safe.</summary>
internal sealed class PooledBuffer(int capacity) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public Span<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    public ReadOnlyMemory<byte> Memory(int start, int length) => _bytes.AsMemory(start, length);

    /// <summary>The last byte written.</summary>
    public ref byte Last => ref _bytes[Length - 1];

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> values)
    {
        values.CopyTo(GetSpan(values.Length));
        Length += values.Length;
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        var room = Math.Max(1, sizeHint);
        if (room > _bytes.Length - Length)
        {
            Grow(room);
        }

        return _bytes.AsSpan(Length);
    }

    public void Truncate(int length) => Length = length;

    /// <summary>Copies what was written into an array of its own and starts again.</summary>
    public byte[] TakeArray()
    {
        var taken = _bytes.AsSpan(0, Length).ToArray();
        Length = 0;
        return taken;
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow(int room)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + room), (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
