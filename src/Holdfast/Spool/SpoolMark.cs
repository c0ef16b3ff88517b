using System.Buffers.Binary;

namespace Holdfast.Spool;

/// <summary>
/// The high-water mark: how far acknowledgements had come. It is kept outside the spool's file because SQLite drops the tail of a damaged
/// write-ahead log without a word; what the mark knows of and the file does not is lost, and the mark is what tells.
/// </summary>
/// <param name="SpoolId">Whose mark it is.</param>
/// <param name="LastBatchSeq">Highest batch number acknowledged.</param>
/// <param name="LastSequence">Highest event sequence acknowledged.</param>
/// <param name="Received">Rows acknowledged since the spool began.</param>
/// <param name="OldestWaiting">Batches below this number had left when the mark was written; <c>LastBatchSeq + 1</c> when none waited.</param>
/// <param name="SequenceBeforeOldest">The last sequence number given out before that batch.</param>
/// <param name="Waiting">Rows that waited when the mark was written: no more than these can be lost.</param>
internal sealed record SpoolMark(
    Guid SpoolId, long LastBatchSeq, long LastSequence, RowCounts Received, long OldestWaiting, long SequenceBeforeOldest, RowCounts Waiting)
{
    public static SpoolMark Of(Guid spoolId, in SpoolCounters counters) => new(
        spoolId,
        counters.LastBatchSeq,
        counters.LastSequence,
        counters.Received,
        counters.Oldest?.BatchSeq ?? (counters.LastBatchSeq + 1),
        counters.Oldest?.SequenceBefore ?? counters.LastSequence,
        counters.Waiting);
}

/// <summary>
/// The mark as bytes: <c>"HFMK" | version u32 | generation u64 | spool_id 16 bytes (RFC 9562 order) | 10 numbers i64 | crc32c u32</c>,
/// little-endian. Two slots are written in turn, so a torn write never costs both; the higher generation wins.
/// </summary>
internal static class SpoolMarkCodec
{
    public const int SizeBytes = 4 + 4 + 8 + 16 + (Numbers * 8) + 4;

    private const uint Magic = 0x4B4D4648; // "HFMK"
    private const uint Version = 1;
    private const int Numbers = 10;
    private const int NumbersAt = 32;
    private const int ChecksumAt = SizeBytes - 4;

    public static void Write(Span<byte> target, ulong generation, SpoolMark mark)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], generation);
        mark.SpoolId.TryWriteBytes(target[16..], bigEndian: true, out _);
        ReadOnlySpan<long> numbers =
        [
            mark.LastBatchSeq, mark.LastSequence, mark.Received.Events, mark.Received.Samples, mark.Received.Others,
            mark.OldestWaiting, mark.SequenceBeforeOldest, mark.Waiting.Events, mark.Waiting.Samples, mark.Waiting.Others,
        ];
        for (var i = 0; i < Numbers; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(target[(NumbersAt + (i * 8))..], numbers[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Crc32C.Of(target[..ChecksumAt]));
    }

    /// <summary>Null when the bytes are not a whole mark of a version we know.</summary>
    public static (ulong Generation, SpoolMark Mark)? Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < SizeBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Crc32C.Of(source[..ChecksumAt]))
        {
            return null;
        }

        Span<long> n = stackalloc long[Numbers];
        for (var i = 0; i < Numbers; i++)
        {
            n[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(NumbersAt + (i * 8))..]);
        }

        var mark = new SpoolMark(
            new Guid(source.Slice(16, 16), bigEndian: true), n[0], n[1], new(n[2], n[3], n[4]), n[5], n[6], new(n[7], n[8], n[9]));
        return (BinaryPrimitives.ReadUInt64LittleEndian(source[8..]), mark);
    }
}
