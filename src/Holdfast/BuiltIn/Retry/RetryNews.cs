using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Retry;

/// <summary>
/// Tells on the bus how retries of this process ended. A failure is marked no-retry, and its type begins with <c>retry.</c>: it can never come
/// back into the queue.
/// </summary>
internal sealed class RetryNews(IEventBus bus, SystemNews news) : IRetryObserver
{
    private static readonly EventMetadata OfQueue = new() { Source = "retry", NoRetry = true };

    public void OnSettled(SettledRetry settled) =>
        bus.Publish(settled.Status == RetryStatus.Completed ? RetryEventTypes.Success : RetryEventTypes.Failed, settled, OfQueue with { Attempt = settled.Attempt });

    public void OnRescued(RescueResult step) => news.OnRescued(step);
}
