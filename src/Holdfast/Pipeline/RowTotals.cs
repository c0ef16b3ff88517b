namespace Holdfast.Pipeline;

/// <summary>Running totals of one kind of row, as changed by the transaction at hand.</summary>
internal sealed class RowTotals(StoreCounts counts)
{
    public long Stored { get; set; } = counts.Stored;
    public long DeadLettered { get; set; } = counts.DeadLettered;
    public long Duplicates { get; set; } = counts.Duplicates;
    public long Discarded { get; set; } = counts.Discarded;
    public long Lost { get; set; } = counts.Lost;

    public StoreCounts ToCounts() => new(Stored, DeadLettered, Duplicates, Discarded, Lost);
}
