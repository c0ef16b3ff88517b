using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>What a <see cref="MemoryRetryStore"/> holds, and the rules that concern more than one item.</summary>
internal sealed class MemoryRetries
{
    private readonly List<MemoryRetry> _all = [];
    private long _lastPlace;
    private long _lastToken;

    public MemoryRetryLeases Leases { get; } = new();

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<MemoryRetry> All => _all;

    public MemoryRetry? Find(Guid id) => _all.Find(retry => retry.Item.Id == id);

    public MemoryRetry? HolderOf(string? correlationId) => correlationId is null
        ? null
        : _all.Find(retry => retry.Item.What.CorrelationId == correlationId && RetryTransitions.HoldsCorrelation(retry.Item.Status));

    public EnqueuedRetry Add(NewRetry what, DateTimeOffset now)
    {
        if ((Find(what.Id) ?? HolderOf(what.CorrelationId)) is { } known)
        {
            return new EnqueuedRetry(known.Item.Id, EnqueueStatus.Duplicate);
        }

        _all.Add(new MemoryRetry(++_lastPlace, Created(what, now)));
        return new EnqueuedRetry(what.Id, EnqueueStatus.Created);
    }

    public long NextToken() => ++_lastToken;

    /// <summary>Waits for an earlier item of its group, or for the one that is being processed: an earlier one may have been put back meanwhile.</summary>
    public bool IsBlocked(MemoryRetry retry) => retry.Item.What.GroupKey is { } group && _all.Exists(other =>
        other != retry && other.Item.What.GroupKey == group && RetryTransitions.BlocksGroup(other.Item.Status)
        && (other.Place < retry.Place || other.Item.Status == RetryStatus.Processing));

    /// <summary>The item as it is shown.</summary>
    public RetryItem Show(MemoryRetry retry) => retry.Item with { Blocked = retry.Item.Status == RetryStatus.Pending && IsBlocked(retry) };

    /// <summary>Everything is done in one step, so nothing is left.</summary>
    public bool Forget(DateTimeOffset finishedBefore, DateTimeOffset deadBefore)
    {
        _all.RemoveAll(retry => retry.Item.Status switch
        {
            RetryStatus.Pending or RetryStatus.Processing => false,
            RetryStatus.DeadLetter => retry.Item.UpdatedAt < deadBefore,
            _ => retry.Item.UpdatedAt < finishedBefore,
        });
        _all.ForEach(retry => retry.ForgetBefore(finishedBefore));
        return false;
    }

    private static RetryItem Created(NewRetry what, DateTimeOffset now) => new()
    {
        What = what with { Payload = what.Payload.ToArray(), OriginalEvent = what.OriginalEvent is { } told ? told.ToArray() : (ReadOnlyMemory<byte>?)null },
        Status = RetryStatus.Pending,
        Attempt = 0,
        Crashes = 0,
        RunAfter = now + what.Delay,
        CreatedAt = now,
        UpdatedAt = now,
        Version = 1,
    };
}

/// <summary>Until when the worker processes may keep what they hold. A process whose lease has ended is remembered, so that it cannot come back.</summary>
internal sealed class MemoryRetryLeases
{
    private readonly Dictionary<Guid, DateTimeOffset> _until = [];

    public bool IsRunning(Guid process, DateTimeOffset now) => _until.TryGetValue(process, out var until) && until > now;

    public bool Renew(Guid process, TimeSpan lease, DateTimeOffset now)
    {
        if (_until.ContainsKey(process) && !IsRunning(process, now))
        {
            return false;
        }

        _until[process] = now + lease;
        return true;
    }

    public void End(Guid process, DateTimeOffset now) => _until[process] = now;

    public DateTimeOffset EndOf(Guid process) => _until[process];
}
