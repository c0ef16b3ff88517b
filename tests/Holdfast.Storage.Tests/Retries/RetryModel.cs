using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>
/// What the queue is to say, by the rules and without a store. Its time goes in steps of ten minutes and everything else falls due five
/// minutes after one, so that a store whose clock goes on by itself has five minutes for a sequence.
/// </summary>
internal sealed class RetryModel
{
    private readonly Dictionary<Guid, ModelItem> _items = [];
    private readonly Dictionary<Guid, TimeSpan> _leases = [];

    public TimeSpan Now { get; private set; }

    public IReadOnlyCollection<ModelItem> Items => _items.Values;

    public void Advance(TimeSpan by) => Now += by;

    public EnqueuedRetry Enqueue(NewRetry what)
    {
        if ((_items.GetValueOrDefault(what.Id) ?? HolderOf(what.CorrelationId)) is { } known)
        {
            return new EnqueuedRetry(known.Id, EnqueueStatus.Duplicate);
        }

        _items.Add(what.Id, new ModelItem(what, _items.Count) { RunAfter = Now + what.Delay });
        return new EnqueuedRetry(what.Id, EnqueueStatus.Created);
    }

    public bool Renew(Guid process, TimeSpan lease)
    {
        var mayGoOn = !_leases.ContainsKey(process) || IsRunning(process);
        _leases[process] = mayGoOn ? Now + lease : _leases[process];
        return mayGoOn;
    }

    public bool IsRunning(Guid process) => _leases.TryGetValue(process, out var until) && until > Now;

    public IReadOnlyList<ModelItem> Due(bool alone, IReadOnlyList<string>? types) =>
        [.. Ready(types).Where(item => item.RunAfter <= Now && item.IsSolitary == alone)];

    public TimeSpan? NextIn(IReadOnlyList<string>? types) => Ready(types).Where(item => item.RunAfter > Now).Min(item => (TimeSpan?)item.RunAfter) - Now;

    public void Take(Guid id, Guid process, long token)
    {
        var item = _items[id];
        (item.Status, item.Attempt, item.Holder) = (RetryStatus.Processing, item.Attempt + 1, (token, process));
    }

    public bool Holds(Guid id, long token) => _items[id].Holder?.Token == token;

    public AckResult Ack(Guid process, RetryAck ack)
    {
        if (_items[ack.Id] is not { } item || item.Holder != (ack.Token, process))
        {
            return AckResult.Stale;
        }

        (item.Status, item.Holder) = (RetryTransitions.AfterAttempt(ack.Kind, item.Attempt, item.What.MaxRetries), null);
        item.Attempt -= ack.Kind is AckKind.Snooze or AckKind.Returned ? 1 : 0;
        item.RunAfter = ack.Kind is AckKind.Snooze or AckKind.Retry ? Now + ack.Delay : item.RunAfter;
        return AckResult.Accepted;
    }

    public int Leave(Guid process)
    {
        var held = Items.Where(item => item.Holder?.Process == process).ToList();
        held.ForEach(item => (item.Status, item.Attempt, item.Holder) = (RetryStatus.Pending, item.Attempt - 1, null));
        _leases[process] = TimeSpan.Zero;
        return held.Count;
    }

    public RescueResult Rescue()
    {
        var lapsed = Items.Where(item => item.Holder is { } holder && !IsRunning(holder.Process)).ToList();
        foreach (var item in lapsed)
        {
            item.Crashes++;
            (item.Status, item.Holder) = (RetryTransitions.AfterCrash(item.Crashes, item.Attempt, item.What.MaxRetries), null);
        }

        var dead = lapsed.Count(item => item.Status == RetryStatus.DeadLetter);
        return new RescueResult(lapsed.Count - dead, dead, More: false);
    }

    public RetryChangeResult Requeue(Guid id) => Change(id, RetryTransitions.CanRequeue, item =>
    {
        if (HolderOf(item.What.CorrelationId) is not null)
        {
            return RetryChangeResult.Duplicate;
        }

        (item.Status, item.Attempt, item.Crashes, item.RunAfter) = (RetryStatus.Pending, 0, 0, Now);
        return RetryChangeResult.Done;
    });

    public RetryChangeResult Cancel(Guid id) => Change(id, RetryTransitions.CanCancel, item => PutAside(item, RetryStatus.Cancelled));

    public RetryChangeResult DeadLetter(Guid id) => Change(id, RetryTransitions.CanDeadLetter, item => PutAside(item, RetryStatus.DeadLetter));

    public RetryChangeResult Edit(Guid id, int version) => Change(id, RetryTransitions.CanEdit, item =>
    {
        if (item.Version != version)
        {
            return RetryChangeResult.Changed;
        }

        item.Version++;
        return RetryChangeResult.Done;
    });

    /// <summary>Another item of its group is in its way.</summary>
    public bool IsBlocked(ModelItem item) => item.Status == RetryStatus.Pending && item.What.GroupKey is { } group && Items.Any(other =>
        other != item && other.What.GroupKey == group
        && (other.Status == RetryStatus.Processing || (other.Place < item.Place && other.Status is RetryStatus.Pending or RetryStatus.DeadLetter)));

    private static RetryChangeResult PutAside(ModelItem item, RetryStatus status)
    {
        (item.Status, item.Holder) = (status, null);
        return RetryChangeResult.Done;
    }

    private RetryChangeResult Change(Guid id, Func<RetryStatus, bool> isAllowed, Func<ModelItem, RetryChangeResult> change) =>
        isAllowed(_items[id].Status) ? change(_items[id]) : RetryChangeResult.WrongState;

    private IEnumerable<ModelItem> Ready(IReadOnlyList<string>? types) =>
        Items.Where(item => item.Status == RetryStatus.Pending && types?.Contains(item.What.OperationType) != false && !IsBlocked(item));

    private ModelItem? HolderOf(string? correlationId) => correlationId is null
        ? null
        : Items.SingleOrDefault(item => item.What.CorrelationId == correlationId && item.Status is RetryStatus.Pending or RetryStatus.Processing);
}

/// <summary>What the model knows of an item.</summary>
internal sealed class ModelItem(NewRetry what, int place)
{
    public NewRetry What => what;

    public Guid Id => what.Id;

    public int Place => place;

    public RetryStatus Status { get; set; } = RetryStatus.Pending;

    public int Attempt { get; set; }

    public int Crashes { get; set; }

    public int Version { get; set; } = 1;

    public TimeSpan RunAfter { get; set; }

    public (long Token, Guid Process)? Holder { get; set; }

    public bool IsSolitary => Crashes >= 2;

    public TimeSpan QueuedAt => RunAfter + what.Penalty;
}
