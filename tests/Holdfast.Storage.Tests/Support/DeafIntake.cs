using Holdfast.Pipeline;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Takes every event and keeps none.</summary>
internal sealed class DeafIntake : IEventIntake
{
    public ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EventReceipt(Guid.NewGuid(), Guid.Empty, 1));
}
