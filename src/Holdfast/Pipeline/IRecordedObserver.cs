using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>
/// Told of what has just become durable, so that it can be shown at once. Called on the producer's path after the commit: it must
/// return quickly, must not throw, and must not keep a batch from being flushed. Watchers that miss something catch up from the log.
/// </summary>
internal interface IRecordedObserver
{
    /// <summary>Event batches in order of their sequence numbers within one call; calls of different producers may arrive out of order.</summary>
    void OnEvents(Guid epoch, DateTimeOffset receivedAt, IReadOnlyList<(SpoolEntry Entry, SpoolPosition Position)> batches);

    /// <summary>Samples that are durable now.</summary>
    void OnSamples(IReadOnlyList<Sample> samples);
}
