namespace Holdfast.Monitoring;

/// <summary>
/// Puts batches back in the order of their sequence numbers: producers are told of their commits side by side. Pure; the caller decides
/// how long to wait for a missing one.
/// </summary>
internal sealed class SequenceOrder(long next)
{
    private readonly SortedDictionary<long, PublishedEvents> _early = [];

    /// <summary>The sequence number that is to come next.</summary>
    public long Next { get; private set; } = next;

    /// <summary>The numbers that are missing before the first waiting batch; null when none is.</summary>
    public (long From, long To)? Missing => _early.Count == 0 ? null : (Next, _early.First().Key - 1);

    /// <summary>Takes a batch and returns what is in order now. A batch that was passed over already is not returned.</summary>
    public IReadOnlyList<PublishedEvents> Add(PublishedEvents batch)
    {
        if (batch.FirstSequence < Next)
        {
            return [];
        }

        _early[batch.FirstSequence] = batch;
        return Release();
    }

    /// <summary>Gives up waiting for what is missing up to a number, and returns what is in order then.</summary>
    public IReadOnlyList<PublishedEvents> SkipTo(long last)
    {
        Next = Math.Max(Next, last + 1);
        return Release();
    }

    private List<PublishedEvents> Release()
    {
        var ready = new List<PublishedEvents>();
        while (_early.Count > 0 && _early.First() is var (first, batch) && first <= Next)
        {
            _early.Remove(first);
            Next = batch.LastSequence + 1;
            ready.Add(batch);
        }

        return ready;
    }
}
