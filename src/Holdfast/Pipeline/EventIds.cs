using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Holdfast.Pipeline;

/// <summary>
/// UUIDs of version 7 for the events of one request: its instant, the event's number in the request, 58 random bits. The number keeps the
/// order of the request where events are sorted by (timestamp, id); randomness is fetched for many ids at a time, because one fetch each
/// would be the most expensive step of the intake.
/// </summary>
internal sealed class EventIds(DateTimeOffset now)
{
    private const int IdBytes = 16;
    private const int RandomBytes = 8;

    private readonly long _unixMilliseconds = now.ToUnixTimeMilliseconds();
    private byte[] _random = [];
    private int _used;

    public Guid Next(int number)
    {
        Span<byte> id = stackalloc byte[IdBytes];
        TakeRandom().CopyTo(id[RandomBytes..]);
        BinaryPrimitives.WriteInt64BigEndian(id, (_unixMilliseconds << 16) | 0x7000 | (uint)((number >> 4) & 0x0FFF));
        id[8] = (byte)(0b1000_0000 | ((number & 0x0F) << 2) | (id[8] & 0b11));
        return new Guid(id, bigEndian: true);
    }

    private ReadOnlySpan<byte> TakeRandom()
    {
        if (_used == _random.Length)
        {
            // A request with one event does not pay for a thousand.
            _random = RandomNumberGenerator.GetBytes(_random.Length == 0 ? 4 * RandomBytes : 256 * RandomBytes);
            _used = 0;
        }

        _used += RandomBytes;
        return _random.AsSpan(_used - RandomBytes, RandomBytes);
    }
}
