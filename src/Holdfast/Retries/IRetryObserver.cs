namespace Holdfast.Retries;

/// <summary>Told of what happens in the queue of this process, so that it can be told to others. Must return at once and must not throw.</summary>
internal interface IRetryObserver
{
    /// <summary>An item has come to its end, and that is recorded.</summary>
    void OnSettled(SettledRetry settled);

    /// <summary>Items were taken from processes that disappeared.</summary>
    void OnRescued(RescueResult step);
}
