using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>How far the stream was told, epoch by epoch, and what is known of the nodes behind the epochs. Immutable and pure.</summary>
internal sealed record LiveHeads
{
    // What watchers ask for before the other nodes are known is remembered; more than a few are nonsense.
    private const int AwaitedMax = 256;

    private const int LeftOutMax = 256;

    /// <summary>The epoch of this node's own spool.</summary>
    public required Guid Own { get; init; }

    /// <summary>How far each epoch was told: what comes is told live, what was before is in the log. This node's own comes first.</summary>
    public required LivePositions Told { get; init; }

    /// <summary>Whether the epochs of other nodes are known. Always so where no other process can write to the store.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Where an epoch begins for a watcher that has not heard of it: <see cref="EpochHead.ResumedAfter"/>.</summary>
    public LivePositions Beginnings { get; private init; } = LivePositions.None;

    /// <summary>The lowest places of watchers in epochs that were not known when they came.</summary>
    private LivePositions Awaited { get; init; } = LivePositions.None;

    /// <summary>How far epochs were told that a look leaves out because others wrote later: they are not new when they come back.</summary>
    private LivePositions LeftOut { get; init; } = LivePositions.None;

    public LiveHeads ToldTo(Guid epoch, long sequence) => this with { Told = Told.With(epoch, sequence) };

    /// <summary>Notes where a watcher stands, so that the stream begins there once the epochs are known.</summary>
    public LiveHeads Await(LivePositions since)
    {
        if (IsComplete)
        {
            return this;
        }

        var awaited = Awaited;
        foreach (var (epoch, sequence) in since.All.Where(entry => entry.Key != Own && awaited.Count < AwaitedMax))
        {
            awaited = awaited.In(epoch) <= sequence ? awaited : awaited.With(epoch, sequence);
        }

        return this with { Awaited = awaited };
    }

    /// <summary>
    /// Takes over which epochs there are. One that is new to a node that knew the others is told from its beginning; on the first look all
    /// that is stored is history, but for what a watcher awaits. One that is not there any more has ended, and is forgotten, unless there are as
    /// many as a look takes: then it may only be left out.
    /// </summary>
    public LiveHeads Learn(IReadOnlyList<EpochHead> stored)
    {
        var told = Told.Where((epoch, _) => epoch == Own || stored.Any(head => head.Epoch == epoch));
        var beginnings = LivePositions.None;
        foreach (var head in stored)
        {
            beginnings = beginnings.With(head.Epoch, head.ResumedAfter);
            told = told.In(head.Epoch) is not null ? told : told.With(head.Epoch, StartOf(head));
        }

        return this with { Told = told, Beginnings = beginnings, IsComplete = true, Awaited = LivePositions.None, LeftOut = LeftOutBy(stored) };
    }

    private LivePositions LeftOutBy(IReadOnlyList<EpochHead> stored)
    {
        var leftOut = LivePositions.None;
        if (stored.Count < LiveCursor.EpochsMax)
        {
            return leftOut;
        }

        foreach (var (epoch, sequence) in Told.All.Concat(LeftOut.All).Where(entry => entry.Key != Own && stored.All(head => head.Epoch != entry.Key)).Take(LeftOutMax))
        {
            leftOut = leftOut.With(epoch, sequence);
        }

        return leftOut;
    }

    /// <summary>Passes over what is stored: nobody watches.</summary>
    public LiveHeads PassOver(IReadOnlyList<EpochHead> stored)
    {
        var passed = this;
        foreach (var head in stored.Where(head => head.Epoch != Own && Told.In(head.Epoch) < head.SettledTo))
        {
            passed = passed.ToldTo(head.Epoch, head.SettledTo);
        }

        return passed;
    }

    private long StartOf(EpochHead head) =>
        Math.Min(IsComplete ? LeftOut.In(head.Epoch) ?? head.ResumedAfter : Awaited.In(head.Epoch) ?? head.SettledTo, head.SettledTo);
}
