namespace Holdfast.Sqlite.Store;

/// <summary>
/// Place of an event in the store: the spool's key in the upper 15 bits, its sequence number in the lower 48 (at 60,000 events a second
/// they last for 148 years). One integer key instead of an index on both, which the table would carry beside its own key.
/// </summary>
internal static class EventPosition
{
    private const int SequenceBits = 48;

    public static long Of(long spoolKey, long sequence) => (spoolKey << SequenceBits) | sequence;

    public static long SequenceOf(long position) => position & ((1L << SequenceBits) - 1);

    public static long SpoolKeyOf(long position) => position >> SequenceBits;

    /// <summary>The first position that belongs to a later spool.</summary>
    public static long End(long spoolKey) => (spoolKey + 1) << SequenceBits;
}
