using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>
/// Which series the data points of a stream belong to, found by the bytes that identify the stream as they were sent: decoding attributes
/// and writing labels is work for a stream that is new, not for each point. The key is a digest, so an entry is small whatever its labels
/// are. Holds at most <see cref="StreamsMax"/>; beyond, it forgets all and learns again. Thread-safe.
/// </summary>
internal sealed class OtlpStreams
{
    // Twice the active series: a stream can come in two encodings, and with its attributes in any order.
    private const int StreamsMax = 200_000;

    private readonly ConcurrentDictionary<UInt128, SeriesEntry[]> _streams = new();
    private int _count;

    /// <summary>What a stream is found by: 128 bits of SHA-256 over the bytes that identify it. Nobody can make two that are alike.</summary>
    public static UInt128 KeyOf(ReadOnlySpan<byte> identity)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(identity, digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    /// <summary>The series of a stream, seen now; null when it is not known or one of its series has made room for others.</summary>
    public SeriesEntry[]? Find(UInt128 key, DateTimeOffset now)
    {
        if (!_streams.TryGetValue(key, out var series))
        {
            return null;
        }

        foreach (var entry in series)
        {
            if (entry.IsForgotten)
            {
                return null;
            }

            entry.SeenAt = now;
        }

        return series;
    }

    public void Put(UInt128 key, SeriesEntry[] series)
    {
        if (Interlocked.Increment(ref _count) > StreamsMax)
        {
            _streams.Clear();
            Interlocked.Exchange(ref _count, 0);
        }

        _streams[key] = series;
    }
}
