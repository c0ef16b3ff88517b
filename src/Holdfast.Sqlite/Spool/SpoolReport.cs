using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>What a look into the spool found.</summary>
internal sealed record SpoolReport
{
    public required string Directory { get; init; }
    public Guid SpoolId { get; init; }
    public long LastBatchSeq { get; init; }
    public long LastSequence { get; init; }
    public long WaitingBatches { get; init; }

    /// <summary>Rows of the batches that fit their checksum.</summary>
    public RowCounts Waiting { get; init; }
    public RowCounts Parked { get; init; }

    /// <summary>Numbers of the batches that do not fit their checksum.</summary>
    public IReadOnlyList<long> DamagedBatches { get; init; } = [];

    /// <summary>Ranges noticed as lost of which no store has been told yet.</summary>
    public IReadOnlyList<LostRange> Unreported { get; init; } = [];

    /// <summary>The high-water mark; null when there is none.</summary>
    public SpoolMark? Mark { get; init; }

    /// <summary>What is wrong with the file, in sentences.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>How many batches the file lacks at its end, which the next start will report as lost.</summary>
    public long BehindMark => Mark is not null && (Mark.SpoolId == SpoolId || SpoolId == Guid.Empty) ? Math.Max(0, Mark.LastBatchSeq - LastBatchSeq) : 0;

    /// <summary>Nothing is wrong.</summary>
    public bool IsSound => Problems.Count == 0 && DamagedBatches.Count == 0 && BehindMark == 0;
}
