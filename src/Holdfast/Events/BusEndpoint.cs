using System.Collections.Concurrent;

namespace Holdfast.Events;

/// <summary>
/// A named member of the bus. What it publishes has its name as the source, what is sent to its name reaches its subscriptions, and
/// requests to it reach its responders. Disposing of it ends all of these; requests that wait for it fail then.
/// </summary>
public sealed class BusEndpoint : IEventBus, IDisposable
{
    private readonly EventBus _bus;
    private readonly ReadySignal _ready = new();
    private readonly ConcurrentDictionary<string, Subscription> _responders = new(StringComparer.Ordinal);

    internal BusEndpoint(EventBus bus, string name, bool ready)
    {
        _bus = bus;
        Name = name;
        if (ready)
        {
            MarkReady();
        }
    }

    /// <summary>Its name: the source of what it publishes, the target of what is meant for it.</summary>
    public string Name { get; }

    /// <summary>Whether requests are handed to it. Events are in any case.</summary>
    public bool IsReady => _ready.IsSet;

    /// <summary>Events and requests that its handlers have handled.</summary>
    public long EventsHandled => Handled.Value;

    internal HandledCount Handled { get; } = new();

    /// <summary>Nothing waits for it, and nothing is being handled.</summary>
    internal bool IsIdle => _bus.SubscriptionsOf(this).All(one => one.Mailbox.IsIdle);

    internal string NotReadyReason { get; private set; } = "starting";

    internal IEnumerable<Subscription> Responders => _responders.Values;

    /// <summary>Requests that wait for it are handed over, and later ones at once.</summary>
    public void MarkReady() => _ready.Set();

    /// <summary>Later requests wait, until it is ready or their time is over.</summary>
    /// <param name="reason">For the message of those whose time is over.</param>
    public void MarkNotReady(string reason)
    {
        NotReadyReason = reason;
        _ready.Reset();
    }

    /// <summary>Completes when it is ready.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or it has left the bus.</exception>
    public Task WhenReadyAsync(CancellationToken cancellationToken = default) => _ready.WaitAsync(cancellationToken);

    /// <summary>Completes when everything that waits for it is handled.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) => Quiet.WhenAsync(() => _bus.SubscriptionsOf(this), cancellationToken);

    /// <summary>Answers the requests of a type that are addressed to this endpoint.</summary>
    /// <param name="type">One type; there are no patterns here.</param>
    /// <param name="handler">
    /// What it returns is the answer, what it throws fails the request. Its token is cancelled when nobody waits for the answer any more;
    /// what it throws after that is published as <see cref="BusEventTypes.HandlerFailed"/>.
    /// </param>
    /// <param name="options">Tags are not looked at. Default: <see cref="SubscriptionOptions.Default"/>, one request after another.</param>
    /// <exception cref="InvalidOperationException">The type has a responder: a request has one answer.</exception>
    /// <exception cref="ObjectDisposedException">The endpoint has left, or the bus has stopped.</exception>
    public IDisposable Respond(string type, Func<BusEvent, CancellationToken, ValueTask<object?>> handler, SubscriptionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _bus.RespondFor(this, type, (asked, _) => AnswerAsync(asked, handler), options);
    }

    /// <inheritdoc/>
    public PublishResult Publish(string type, object? data = null, EventMetadata? metadata = null) => _bus.PublishFrom(Name, type, data, metadata);

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishAsync(string type, object? data = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default) =>
        _bus.PublishFromAsync(Name, type, data, metadata, cancellationToken);

    /// <inheritdoc/>
    public PublishResult Send(string target, string type, object? data = null, EventMetadata? metadata = null) => _bus.SendFrom(Name, target, type, data, metadata);

    /// <inheritdoc/>
    public ValueTask<PublishResult> SendAsync(string target, string type, object? data = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default) =>
        _bus.SendFromAsync(Name, target, type, data, metadata, cancellationToken);

    /// <inheritdoc/>
    public Task<object?> RequestAsync(
        string target, string type, object? data = null, TimeSpan? timeout = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default) =>
        _bus.RequestFromAsync(Name, target, type, data, timeout, metadata, cancellationToken);

    /// <inheritdoc/>
    public IDisposable Subscribe(string pattern, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) =>
        _bus.SubscribeFor(this, pattern, handler, options);

    /// <summary>Leaves the bus. What still waits for it is not handled; <see cref="WhenIdleAsync"/> waits for that.</summary>
    public void Dispose() => _bus.Leave(this);

    /// <summary>Takes back all subscriptions and responders, and stays.</summary>
    internal void EndSubscriptions() => _bus.EndAllOf(this);

    /// <summary>It has left: who waits for it to be ready waits for nothing.</summary>
    internal void End() => _ready.End();

    internal Subscription? ResponderOf(string type) => _responders.GetValueOrDefault(type);

    internal void Add(string type, Subscription responder)
    {
        if (!_responders.TryAdd(type, responder))
        {
            throw new InvalidOperationException($"'{Name}' answers {type} already.");
        }
    }

    /// <summary>False: it is no responder, but a subscription.</summary>
    internal bool Remove(Subscription responder) => _responders.TryRemove(KeyValuePair.Create(responder.Pattern.Text, responder));

    private static async ValueTask AnswerAsync(BusEvent asked, Func<BusEvent, CancellationToken, ValueTask<object?>> handler)
    {
        var request = asked.Request!;
        if (request.Ended.IsCancellationRequested)
        {
            // Whoever asked has given up while it waited: nothing that is done now helps anybody.
            return;
        }

        try
        {
            request.Succeed(await handler(asked, request.Ended));
        }
        catch (OperationCanceledException) when (request.Ended.IsCancellationRequested)
        {
            // The same, and the handler has noticed.
        }
        catch (Exception fault) when (request.Fail(Failed(asked, fault)))
        {
            // The one who asked has it now.
        }
    }

    private static RequestFailedException Failed(BusEvent asked, Exception fault) =>
        new($"'{asked.Target}' failed at {asked.Type}: {fault.Message}", fault) { Target = asked.Target!, EventType = asked.Type, CorrelationId = asked.CorrelationId };
}
