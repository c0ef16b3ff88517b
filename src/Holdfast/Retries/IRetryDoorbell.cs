namespace Holdfast.Retries;

/// <summary>
/// Wakes the workers of other processes. A store has one where processes share it. Only a hint: a ring may be lost, and
/// <see cref="RetryQueueOptions.PollInterval"/> stands behind it.
/// </summary>
internal interface IRetryDoorbell
{
    /// <summary>
    /// Listens until it is cancelled. Connects again by itself, and rings once after each time, since something may have been missed.
    /// Where listening is impossible it says so once in the log and goes on trying.
    /// </summary>
    /// <param name="ring">Called from any thread, at most a few times for many items; must not block.</param>
    /// <param name="cancellationToken">Ends the listening: the task then completes without a fault.</param>
    Task ListenAsync(Action ring, CancellationToken cancellationToken);

    /// <summary>
    /// Rings at the processes that listen, this one included. Call it after the items are committed, and not for each of many. A fault is
    /// logged and not thrown.
    /// </summary>
    ValueTask RingAsync(CancellationToken cancellationToken);
}
