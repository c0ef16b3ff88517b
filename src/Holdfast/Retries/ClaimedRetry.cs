namespace Holdfast.Retries;

/// <summary>An item that this process holds.</summary>
/// <param name="Token">The fencing token of the claim.</param>
/// <param name="Term">The lease it is held under.</param>
internal sealed record ClaimedRetry(RetryItem Item, long Token, LeaseTerm Term)
{
    /// <summary>It was not begun: back to where it was.</summary>
    public RetryAck Returned() => new(Item.Id, Token, AckKind.Returned);

    /// <summary>Later, without an attempt being counted.</summary>
    public RetryAck Snoozed(TimeSpan delay) => new(Item.Id, Token, AckKind.Snooze, delay);
}
