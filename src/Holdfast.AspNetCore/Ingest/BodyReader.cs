using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>Reads request bodies into pooled memory, within a limit for one and a budget for all together.</summary>
internal sealed class BodyReader
{
    /// <summary>Bytes of all bodies in memory at one time: four of the largest that are allowed by default.</summary>
    public const long AllBytesMax = 64L << 20;

    // A usual batch fits at once. Whoever announces more is given room as it arrives: announcing costs a client nothing.
    private const int FirstBytes = 256 << 10;
    private long _taken;

    /// <summary>Reads the whole body.</summary>
    public async ValueTask<BodyRead> ReadAsync(HttpContext context, int bytesMax, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength > bytesMax)
        {
            return new BodyRead(BodyOutcome.TooLarge, null);
        }

        var body = new Body(this);
        try
        {
            var outcome = await FillAsync(body, context.Request, bytesMax, cancellationToken);
            if (outcome == BodyOutcome.Read)
            {
                return new BodyRead(outcome, body);
            }

            body.Dispose();
            return new BodyRead(outcome, null);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static async ValueTask<BodyOutcome> FillAsync(Body body, HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
        // One byte more than can come, so that the end is seen without growing.
        var sizeMax = (int)(request.ContentLength ?? bytesMax) + 1;
        var size = Math.Min(sizeMax, FirstBytes);
        while (true)
        {
            if (!body.TryGrow(size))
            {
                return BodyOutcome.NoRoom;
            }

            var read = await request.Body.ReadAsync(body.Free, cancellationToken);
            if (read == 0)
            {
                return BodyOutcome.Read;
            }

            body.Advance(read);
            if (body.Length > bytesMax)
            {
                return BodyOutcome.TooLarge;
            }

            size = body.Free.Length == 0 ? Math.Min(body.Length * 2, sizeMax) : size;
        }
    }

    private bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= AllBytesMax)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    private void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);

    /// <summary>A body in pooled memory; give it back when its bytes are not needed any more.</summary>
    internal sealed class Body(BodyReader owner) : IDisposable
    {
        private byte[] _buffer = [];

        public int Length { get; private set; }

        public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

        public Memory<byte> Free => _buffer.AsMemory(Length);

        public void Advance(int bytes) => Length += bytes;

        public bool TryGrow(int size)
        {
            if (size <= _buffer.Length)
            {
                return true;
            }

            var larger = ArrayPool<byte>.Shared.Rent(size);
            if (!owner.TryTake(larger.Length - _buffer.Length))
            {
                ArrayPool<byte>.Shared.Return(larger);
                return false;
            }

            Memory.CopyTo(larger);
            Recycle();
            _buffer = larger;
            return true;
        }

        public void Dispose()
        {
            owner.GiveBack(_buffer.Length);
            Recycle();
            _buffer = [];
            Length = 0;
        }

        private void Recycle()
        {
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }
        }
    }
}

/// <summary>How reading a body ended.</summary>
internal enum BodyOutcome
{
    /// <summary>It is there.</summary>
    Read,

    /// <summary>It is larger than one may be.</summary>
    TooLarge,

    /// <summary>Too many bodies are being read at this moment.</summary>
    NoRoom,
}

/// <param name="Outcome">How it ended.</param>
/// <param name="Body">The body when it was read.</param>
internal sealed record BodyRead(BodyOutcome Outcome, BodyReader.Body? Body);
