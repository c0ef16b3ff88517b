namespace Holdfast.Pipeline;

/// <summary>
/// An event that somebody has sent, that tells of a failure by its type (<c>*.failed</c>, <c>*.error</c>, <c>*.timeout</c>) and has an
/// <c>operation</c> in its data: something may be done about it.
/// </summary>
/// <param name="Data">The canonical data.</param>
/// <param name="Metadata">The canonical metadata.</param>
internal sealed record ReportedFailure(Guid EventId, string EventType, string Source, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata)
{
    /// <summary>Whether an event is one. Asked of every event, so it looks at the bytes; a member of that name deeper in the data is told from one at the top later.</summary>
    public static bool Is(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data) =>
        (eventType.EndsWith(".failed"u8) || eventType.EndsWith(".error"u8) || eventType.EndsWith(".timeout"u8)) && data.IndexOf("\"operation\":"u8) >= 0;
}

/// <summary>Told of failures that came from outside, after they are durable and before the answer.</summary>
internal interface IFailureObserver
{
    /// <summary>Must not throw, and must not take long: a client waits.</summary>
    ValueTask OnFailuresAsync(IReadOnlyList<ReportedFailure> failures, EventSender sender);
}

/// <summary>Who has sent events.</summary>
/// <param name="Name">As in the audit; null: nobody needed to be anybody.</param>
/// <param name="MayHandIn">Whether they may have operations executed, or record events and no more.</param>
internal sealed record EventSender(string? Name, bool MayHandIn)
{
    /// <summary>Somebody on this machine, or in this process.</summary>
    public static EventSender Local { get; } = new(null, MayHandIn: true);
}
