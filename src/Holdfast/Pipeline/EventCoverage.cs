namespace Holdfast.Pipeline;

/// <summary>Consecutive sequence numbers, both ends included.</summary>
internal readonly record struct SequenceRange(long First, long Last);

/// <summary>
/// What a store can say of the sequence numbers of an epoch that it has no event for. Between the oldest event that it still holds and the end of
/// what is settled, such a number was a repeat of an event stored before, became a dead letter, or is past its keep time: nothing is missing.
/// </summary>
/// <param name="Oldest">The lowest number still held, null when none is: below it, history is gone.</param>
/// <param name="SettledTo">The highest number of the batches up to the ledger's contiguous mark: what comes above may still be on its way.</param>
/// <param name="Lost">Ranges that were entered as lost; one whose numbers nobody knows reaches over all of them.</param>
internal sealed record EventCoverage(long? Oldest, long SettledTo, IReadOnlyList<SequenceRange> Lost)
{
    /// <summary>A store that cannot be asked.</summary>
    public static readonly EventCoverage Nothing = new(null, 0, []);

    /// <summary>The numbers above one and up to another of which nobody knows what became; ascending, not overlapping.</summary>
    public IReadOnlyList<SequenceRange> Unknown(long after, long upTo)
    {
        var unknown = new List<SequenceRange>();
        var oldest = Oldest ?? long.MaxValue;
        IEnumerable<SequenceRange> ranges = [new(after + 1, oldest - 1), .. Lost.OrderBy(range => range.First), new(SettledTo + 1, upTo)];
        var next = after + 1;
        foreach (var range in ranges)
        {
            var (first, last) = (Math.Max(next, range.First), Math.Min(upTo, range.Last));
            if (first <= last)
            {
                unknown.Add(new SequenceRange(first, last));
                next = last + 1;
            }
        }

        return unknown;
    }
}
