using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>Takes samples in.</summary>
internal sealed class SampleIntake(Recorder recorder, Func<IntakeOptions> options, Refusals refusals)
{
    /// <summary>
    /// Records the samples in one commit; when the task completes they are durable. What is not a finite number is refused and counted,
    /// since no store and no JSON can say it.
    /// </summary>
    /// <returns>How many were recorded.</returns>
    /// <exception cref="SpoolFullException">The spool's budget is used up; nothing was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The disk cannot be written; nothing was acknowledged.</exception>
    public async ValueTask<int> RecordAsync(IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        var finite = samples.All(sample => double.IsFinite(sample.Value))
            ? samples
            : samples.Where(sample => double.IsFinite(sample.Value)).ToList();
        refusals.Add(SpoolKind.Sample, RefusalReason.Invalid, samples.Count - finite.Count);
        if (finite.Count > 0)
        {
            var settings = options();
            var entries = SampleBatches.Cut(finite, settings.BatchRowsMax, settings.BatchBytesMax);
            await recorder.RecordSamplesAsync(entries, finite, cancellationToken);
        }

        return finite.Count;
    }

    /// <summary>The same for a producer that has newer samples in a moment and need not come back with these.</summary>
    /// <returns>Why the spool did not take them; null when they are durable.</returns>
    public async ValueTask<string?> TryRecordAsync(IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        try
        {
            await RecordAsync(samples, cancellationToken);
            return null;
        }
        catch (Exception refused) when (refused is SpoolFullException or SpoolUnavailableException)
        {
            return refused.Message;
        }
    }
}
