namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// An adapter that hands what it takes to somebody outside, by a loop of its own: what becomes of it is told later, of each update with events
/// exactly once. It catches nobody up: what it gives up is told there as a gap.
/// </summary>
internal interface IRemoteAdapter : IMonitoringAdapter
{
    /// <summary>Told what became of an update that was queued.</summary>
    Action<EventSettlement> Settled { get; set; }
}
