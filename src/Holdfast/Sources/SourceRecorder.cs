using Holdfast.Pipeline;
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
        if (await intake.TryRecordAsync(reader.Read(now), cancellationToken) is { } reason)
        {
            NoteSkipped(reason);
        }
        else
        {
            NoteTaken();
        }
    }

    private void NoteSkipped(string reason)
    {
        Interlocked.Increment(ref _skipped);
        if (_skippedInARow++ == 0)
        {
            logger.SamplesSkipped(reason);
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
