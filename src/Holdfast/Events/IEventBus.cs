namespace Holdfast.Events;

/// <summary>
/// Publishing and subscribing within the process. A subscriber gets events one after another, the higher priorities first and in the order
/// of publication within one, from a bounded queue of its own: a slow handler delays only itself. Nothing here is durable, see
/// <see cref="PublishResult"/>. Safe for concurrent use, also by handlers.
/// </summary>
public interface IEventBus
{
    /// <summary>Hands an event to all subscribers of its type. Never waits.</summary>
    /// <param name="type">1 to 255 characters: <c>sql.query.failed</c>.</param>
    /// <param name="data">Must not be changed afterwards: all subscribers get this object.</param>
    /// <param name="metadata">Default: <see cref="EventMetadata.Default"/>.</param>
    /// <returns>How many subscribers will get it, and how many do not because their queues are full.</returns>
    /// <exception cref="ArgumentException">The type is empty or too long, or the event is critical: that may have to wait, which is what <see cref="PublishAsync"/> does.</exception>
    PublishResult Publish(string type, object? data = null, EventMetadata? metadata = null);

    /// <summary>The same, also for critical events: they wait for room in the queues that are full. Others do not wait here either.</summary>
    /// <param name="type">1 to 255 characters.</param>
    /// <param name="data">Must not be changed afterwards.</param>
    /// <param name="metadata">Default: <see cref="EventMetadata.Default"/>.</param>
    /// <param name="cancellationToken">Ends the waiting: who does not have the event by then does not get it, and counts as dropped.</param>
    ValueTask<PublishResult> PublishAsync(string type, object? data = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Hands an event to the subscribers of one endpoint. Never waits; a critical event that finds no room is refused as with <see cref="Publish"/>.</summary>
    /// <exception cref="NoHandlerException">There is no such endpoint, or nothing of it has subscribed to this type.</exception>
    PublishResult Send(string target, string type, object? data = null, EventMetadata? metadata = null);

    /// <summary>The same, also for critical events, as with <see cref="PublishAsync"/>.</summary>
    /// <exception cref="NoHandlerException">There is no such endpoint, or nothing of it has subscribed to this type.</exception>
    ValueTask<PublishResult> SendAsync(string target, string type, object? data = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks an endpoint, and waits for the answer. An endpoint that is known but not ready yet, or whose queue is full, is waited for.
    /// The correlation id is made here (GUID version 7). A request whose time is over before it was begun is not begun.
    /// </summary>
    /// <param name="timeout">For everything together; null: <see cref="EventBusOptions.RequestTimeout"/>. The handler's token is cancelled then.</param>
    /// <exception cref="NoHandlerException">At once: there is no such endpoint, or it does not answer this type.</exception>
    /// <exception cref="RequestTimeoutException">The time is over.</exception>
    /// <exception cref="RequestFailedException">The handler threw, or its endpoint left.</exception>
    /// <exception cref="InvalidOperationException">The bus has not started: nobody could answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<object?> RequestAsync(
        string target, string type, object? data = null, TimeSpan? timeout = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Calls a handler for each event whose type matches, until the result is disposed of.</summary>
    /// <param name="pattern">A type, or a pattern in which <c>*</c> stands for any run of characters, dots included: <c>*.failed</c>.</param>
    /// <param name="handler">
    /// May await, also requests. What it throws is logged and published as <see cref="BusEventTypes.HandlerFailed"/>. Its token is
    /// cancelled when the bus has stopped.
    /// </param>
    /// <param name="options">Default: <see cref="SubscriptionOptions.Default"/>.</param>
    /// <returns>Ends the subscription: what waits is not handled any more, what is being handled goes on to its end.</returns>
    IDisposable Subscribe(string pattern, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null);
}

/// <summary>Shorter ways to say the same.</summary>
public static class EventBusExtensions
{
    /// <summary>Asks an endpoint for an answer of a certain kind.</summary>
    /// <inheritdoc cref="IEventBus.RequestAsync"/>
    /// <exception cref="InvalidCastException">The answer is something else.</exception>
    public static async Task<T> RequestAsync<T>(
        this IEventBus bus, string target, string type, object? data = null, TimeSpan? timeout = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        var answer = await bus.RequestAsync(target, type, data, timeout, metadata, cancellationToken);
        return answer is T expected
            ? expected
            : throw new InvalidCastException($"The answer of {target} to {type} is {answer?.GetType().Name ?? "nothing"}, not {typeof(T).Name}.");
    }

    /// <summary>Calls a handler that does not await for each event whose type matches.</summary>
    /// <inheritdoc cref="IEventBus.Subscribe"/>
    public static IDisposable Subscribe(this IEventBus bus, string pattern, Action<BusEvent> handler, SubscriptionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(handler);
        return bus.Subscribe(pattern, (received, _) => Call(handler, received), options);
    }

    private static ValueTask Call(Action<BusEvent> handler, BusEvent received)
    {
        handler(received);
        return ValueTask.CompletedTask;
    }
}
