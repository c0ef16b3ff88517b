using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>An item of a <see cref="MemoryRetryStore"/> with everything that is known of it.</summary>
/// <param name="place">In the order in which items came; a group is executed in this order, whatever happens to its items.</param>
/// <param name="created">The item as it came.</param>
internal sealed class MemoryRetry(long place, RetryItem created)
{
    private readonly List<RetryHistoryEntry> _history = [new(created.CreatedAt, RetryHistoryKind.Created, 0, null, null, null, null)];

    public long Place => place;

    public RetryItem Item { get; private set; } = created;

    public IReadOnlyList<RetryHistoryEntry> History => _history;

    public DateTimeOffset QueuedAt => Item.RunAfter + Item.What.Penalty;

    public bool Holds(RetryAck ack, Guid process) =>
        Item.Holder is { } holder && holder.Token == ack.Token && holder.Process == process;

    public void Change(DateTimeOffset now, Func<RetryItem, RetryItem> change) => Item = change(Item) with { UpdatedAt = now };

    public void Tell(DateTimeOffset now, RetryHistoryKind kind, TimeSpan? took = null, string? message = null) =>
        _history.Add(new(now, kind, Item.Attempt, Item.Holder?.Token, Item.Holder?.Process, took, message));

    public void ForgetBefore(DateTimeOffset instant) => _history.RemoveAll(entry => entry.At < instant);
}
