using Holdfast.Pipeline;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sources;

/// <summary>Records what the sources say. When the spool does not take it, the tick is skipped and counted: a newer one comes in a moment.</summary>
internal sealed class SourceRecorder(SourceReader reader, SampleIntake intake, ILogger<SourceRecorder> logger)
{
    private long _skipped;
    private long _skippedInARow;

    /// <summary>Ticks whose samples the spool did not take.</summary>
    public long SkippedTicks => Interlocked.Read(ref _skipped);

    /// <summary>Reads all sources and makes their values durable.</summary>
    /// <param name="now">The time all samples get.</param>
    public async ValueTask RecordAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await intake.RecordAsync(reader.Read(now), cancellationToken);
            NoteTaken();
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException)
        {
            NoteSkipped(fault);
        }
    }

    private void NoteSkipped(Exception fault)
    {
        Interlocked.Increment(ref _skipped);
        if (_skippedInARow++ == 0)
        {
            logger.SamplesSkipped(fault.Message);
        }
    }

    private void NoteTaken()
    {
        if (_skippedInARow > 0)
        {
            logger.SamplesResumed(_skippedInARow);
            _skippedInARow = 0;
        }
    }
}
