namespace Holdfast.Events;

// Who subscribes, and how that ends.
public sealed partial class EventBus
{
    internal Subscription SubscribeFor(BusEndpoint? owner, string pattern, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options)
    {
        var subscription = NewSubscription(owner, pattern, handler, options);
        lock (_gate)
        {
            RequireMember(owner);
            _routes = _routes.With(subscription.Pattern, subscription);
            OpenNeedsLock(subscription);
        }

        return subscription;
    }

    /// <exception cref="InvalidOperationException">The endpoint answers this type already: one request has one answer.</exception>
    internal Subscription RespondFor(BusEndpoint owner, string type, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options)
    {
        RequireName(type);
        var subscription = NewSubscription(owner, type, handler, options);
        lock (_gate)
        {
            RequireMember(owner);
            owner.Add(type, subscription);
            OpenNeedsLock(subscription);
        }

        return subscription;
    }

    /// <summary>Ends a subscription. Does nothing the second time.</summary>
    /// <returns>Events that nobody handles any more.</returns>
    internal int End(Subscription subscription)
    {
        lock (_gate)
        {
            if (subscription.Owner?.Remove(subscription) != true)
            {
                _routes = _routes.Without(subscription);
            }
        }

        var left = subscription.Mailbox.Close();
        foreach (var item in left)
        {
            item.Request?.Fail(Unanswered(item));
            Metrics.Dropped(item.Type, 1);
        }

        return left.Count;
    }

    /// <summary>Ends everything of an endpoint, and forgets its name.</summary>
    internal int Leave(BusEndpoint endpoint)
    {
        lock (_gate)
        {
            _endpoints.TryRemove(KeyValuePair.Create(endpoint.Name, endpoint));
        }

        endpoint.End();
        return EndAllOf(endpoint);
    }

    internal int EndAllOf(BusEndpoint endpoint) => SubscriptionsOf(endpoint).Sum(End);

    internal Subscription[] SubscriptionsOf(BusEndpoint endpoint) => [.. _routes.Subscribers.Where(one => one.Owner == endpoint), .. endpoint.Responders];

    private Subscription NewSubscription(BusEndpoint? owner, string pattern, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= SubscriptionOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueCapacity ?? Options.QueueCapacity, 1, nameof(options));
        return new Subscription(this, owner, new EventPattern(pattern), handler, options);
    }

    private void RequireMember(BusEndpoint? owner)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        ObjectDisposedException.ThrowIf(owner is not null && _endpoints.GetValueOrDefault(owner.Name) != owner, owner!);
    }

    private void OpenNeedsLock(Subscription subscription)
    {
        if (_started)
        {
            subscription.Mailbox.Open();
        }
    }

    private async Task EndAllAsync()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        // In this order: a handler that is cancelled must not find another event to begin with.
        var left = Subscriptions.ToList().Sum(End);
        _endpoints.Clear();
        await GuardedCancellation.CancelAsync(_stop, _logger.CancellationFailed);
        if (left > 0)
        {
            _logger.EventsLeft(left);
        }
    }
}
