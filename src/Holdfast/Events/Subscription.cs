namespace Holdfast.Events;

/// <summary>One subscriber: what it wants, its queue, and the calls of its handler.</summary>
internal sealed class Subscription : IDisposable
{
    private readonly EventBus _bus;
    private readonly Func<BusEvent, CancellationToken, ValueTask> _handler;
    private readonly string[] _tags;
    private readonly string? _except;
    private readonly HandledCount _handled;

    public Subscription(EventBus bus, BusEndpoint? owner, EventPattern pattern, Func<BusEvent, CancellationToken, ValueTask> handler, SubscriptionOptions options)
    {
        _bus = bus;
        _handler = handler;
        _tags = [.. options.Tags];
        _except = options.Except;
        _handled = owner?.Handled ?? bus.Handled;
        Owner = owner;
        Pattern = pattern;
        Mailbox = new Mailbox(options.QueueCapacity ?? bus.Options.QueueCapacity, options.Concurrency, bus.Options.Scheduler, HandleAsync);
    }

    public BusEndpoint? Owner { get; }

    public EventPattern Pattern { get; }

    public Mailbox Mailbox { get; }

    /// <summary>For logs and metrics: the endpoint's name, empty without one.</summary>
    public string Name => Owner?.Name ?? "";

    public bool Wants(BusEvent item) => (item.Target is null || item.Target == Owner?.Name) && HasTags(item.Tags)
        && (_except is null || !item.Tags.Contains(_except, StringComparer.Ordinal));

    public void Dispose() => _bus.End(this);

    private bool HasTags(IReadOnlyList<string> tags)
    {
        foreach (var tag in _tags)
        {
            if (!tags.Contains(tag, StringComparer.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    // Most handlers end without having awaited anything, and need no state machine of ours then: that is a tenth of a delivery.
    private ValueTask HandleAsync(BusEvent item)
    {
        var began = _bus.Metrics.Begin();
        ValueTask handling;
        try
        {
            handling = _handler(item, _bus.Stopped);
        }
        catch (Exception fault)
        {
            handling = ValueTask.FromException(fault);
        }

        if (!handling.IsCompletedSuccessfully)
        {
            return AwaitAsync(handling, item, began);
        }

        Note(item, began);
        return ValueTask.CompletedTask;
    }

    private async ValueTask AwaitAsync(ValueTask handling, BusEvent item, long? began)
    {
        try
        {
            await handling;
        }
        catch (OperationCanceledException) when (_bus.Stopped.IsCancellationRequested)
        {
            // It has done what it was told.
        }
        catch (Exception fault)
        {
            Note(item, began);
            await _bus.ReportFailureAsync(this, item, fault);
            return;
        }

        Note(item, began);
    }

    private void Note(BusEvent item, long? began)
    {
        _handled.Add();
        _bus.Metrics.Handled(item.Type, began);
    }
}
