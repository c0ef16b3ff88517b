using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Events;

/// <summary>
/// The bus. Subscriptions may be made before <see cref="Start"/>; what is published before waits in the queues until then. Whoever is to be
/// addressed by name joins with <see cref="Join"/>.
/// </summary>
public sealed partial class EventBus : IEventBus, IAsyncDisposable
{
    private static readonly EventMetadata OfBus = new() { Source = "bus", Priority = EventPriority.High, NoRetry = true };

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DropReport _drops;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, BusEndpoint> _endpoints = new(StringComparer.Ordinal);

    // Changes of who subscribes; publishers read the table without it.
    private readonly Lock _gate = new();
    private volatile RouteTable<Subscription> _routes = RouteTable<Subscription>.Empty;
    private volatile bool _started;
    private bool _ended;

    /// <param name="options">Default: as <see cref="EventBusOptions"/> says.</param>
    /// <param name="time">Default: the system's clock.</param>
    /// <param name="logger">Default: nothing is logged.</param>
    public EventBus(EventBusOptions? options = null, TimeProvider? time = null, ILogger<EventBus>? logger = null)
        : this(scope: null, options, time, logger)
    {
    }

    /// <param name="scope">Whose metrics they are; null: those of this bus.</param>
    internal EventBus(object? scope, EventBusOptions? options, TimeProvider? time, ILogger<EventBus>? logger)
    {
        Options = options ?? new EventBusOptions();
        Stopped = _stop.Token;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<EventBus>.Instance;
        _drops = new DropReport(_time, SayDropped);
        Metrics = new BusMetrics(scope ?? this, this, _time);
    }

    internal EventBusOptions Options { get; }

    internal BusMetrics Metrics { get; }

    /// <summary>By subscribers that belong to no endpoint.</summary>
    internal HandledCount Handled { get; } = new();

    /// <summary>Cancelled when the bus has stopped.</summary>
    internal CancellationToken Stopped { get; }

    internal IEnumerable<BusEndpoint> Endpoints => _endpoints.Values;

    internal IEnumerable<Subscription> Subscriptions => _routes.Subscribers.Concat(_endpoints.Values.SelectMany(endpoint => endpoint.Responders));

    /// <summary>Handlers are called from now on. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _started = true;
            foreach (var subscription in Subscriptions)
            {
                subscription.Mailbox.Open();
            }
        }
    }

    /// <summary>
    /// Waits until everything is handled, at most until the token is cancelled, and ends all subscriptions then. Handlers may still publish
    /// meanwhile; those that are running at the end are cancelled and not waited for. What is left is logged and counts as dropped.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            // Nothing is handled before the start, however long it is waited for.
            if (_started)
            {
                await Quiet.WhenAsync(() => Subscriptions, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time is over: what is left is told below.
        }

        await EndAllAsync();
    }

    /// <summary>Stops without waiting for what is not handled; see <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAllAsync();
        _drops.Dispose();
        Metrics.Dispose();
    }

    /// <summary>Makes an endpoint: a name under which its owner publishes, subscribes, and is addressed by others.</summary>
    /// <param name="name">1 to 255 characters.</param>
    /// <param name="ready">False: requests wait until <see cref="BusEndpoint.MarkReady"/>. Default: true.</param>
    /// <exception cref="InvalidOperationException">There is an endpoint of this name.</exception>
    /// <exception cref="ObjectDisposedException">The bus has stopped.</exception>
    public BusEndpoint Join(string name, bool ready = true)
    {
        RequireName(name);
        var endpoint = new BusEndpoint(this, name, ready);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (!_endpoints.TryAdd(name, endpoint))
            {
                throw new InvalidOperationException($"There is an endpoint '{name}' already.");
            }
        }

        return endpoint;
    }

    /// <inheritdoc/>
    public PublishResult Publish(string type, object? data = null, EventMetadata? metadata = null) => PublishFrom(null, type, data, metadata);

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishAsync(string type, object? data = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default) =>
        PublishFromAsync(null, type, data, metadata, cancellationToken);

    /// <inheritdoc/>
    public PublishResult Send(string target, string type, object? data = null, EventMetadata? metadata = null) => SendFrom(null, target, type, data, metadata);

    /// <inheritdoc/>
    public ValueTask<PublishResult> SendAsync(string target, string type, object? data = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default) =>
        SendFromAsync(null, target, type, data, metadata, cancellationToken);

    /// <inheritdoc/>
    public Task<object?> RequestAsync(
        string target, string type, object? data = null, TimeSpan? timeout = null, EventMetadata? metadata = null, CancellationToken cancellationToken = default) =>
        RequestFromAsync(null, target, type, data, timeout, metadata, cancellationToken);

    /// <inheritdoc/>
    public IDisposable Subscribe(string pattern, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) =>
        SubscribeFor(null, pattern, handler, options);

    private static void RequireName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > EventPattern.CharactersMax)
        {
            throw new ArgumentException($"Types and names have at most {EventPattern.CharactersMax} characters.", nameof(name));
        }
    }
}
