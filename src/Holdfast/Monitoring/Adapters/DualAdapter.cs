namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// Two adapters at once. Neither waits for the other, one is enough, and both failing is a failure. The first carries everything; of the second
/// a share is asked for, and that share is compared at both.
/// </summary>
internal sealed class DualAdapter(AdapterPath primary, AdapterPath secondary, Func<RolloutShares> shares, PathComparison comparison) : IMonitoringAdapter
{
    public string Name => AdapterNames.Dual;

    public AdapterPath Primary => primary;

    public AdapterPath Secondary => secondary;

    public int ConnectionCount => primary.ConnectionCount + secondary.ConnectionCount;

    public AdapterMetrics Metrics => primary.Metrics + secondary.Metrics;

    public string? Trouble => primary.Trouble is { } first && secondary.Trouble is { } second ? $"{first} {second}" : null;

    /// <summary>Connects both.</summary>
    /// <exception cref="AggregateException">Neither could be connected.</exception>
    public async ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        var connecting = new[] { primary.ConnectAsync(cancellationToken).AsTask(), secondary.ConnectAsync(cancellationToken).AsTask() };
        await Task.WhenAll(connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (Array.TrueForAll(connecting, task => task.IsFaulted))
        {
            throw new AggregateException("Neither adapter could be connected.", connecting.Select(task => task.Exception!.InnerException!));
        }
    }

    public async ValueTask DisconnectAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(primary.DisconnectAsync(cancellationToken).AsTask(), secondary.DisconnectAsync(cancellationToken).AsTask());

    public BroadcastOutcome Broadcast(LiveUpdate update)
    {
        if (update is not EventsUpdate events)
        {
            return Combine(primary.Broadcast(update), secondary.Broadcast(update));
        }

        var share = shares();
        var first = primary.Broadcast(primary.IsLocal ? events : events with { Compared = share });
        var second = secondary.Broadcast(secondary.IsLocal ? events : events with { Compared = share, Shares = share });
        Compare(primary, events, share, first);
        Compare(secondary, events, share, second);
        return Combine(first, second);
    }

    /// <summary>One that has it is enough; nobody watching over one does not make up for the other failing.</summary>
    internal static BroadcastOutcome Combine(BroadcastOutcome first, BroadcastOutcome second) =>
        (first, second) switch
        {
            (BroadcastOutcome.Acknowledged, _) or (_, BroadcastOutcome.Acknowledged) => BroadcastOutcome.Acknowledged,
            (BroadcastOutcome.Queued, _) or (_, BroadcastOutcome.Queued) => BroadcastOutcome.Queued,
            (BroadcastOutcome.Unwatched, BroadcastOutcome.Unwatched) => BroadcastOutcome.Unwatched,
            _ => BroadcastOutcome.Failed,
        };

    // What waits for somebody outside is compared when it has been acknowledged.
    private void Compare(AdapterPath path, EventsUpdate events, RolloutShares share, BroadcastOutcome outcome)
    {
        if (outcome is BroadcastOutcome.Acknowledged or BroadcastOutcome.Failed)
        {
            comparison.Note(path.Name, events, share, outcome == BroadcastOutcome.Failed ? path.LastFault ?? "It was not taken." : null);
        }
    }
}
