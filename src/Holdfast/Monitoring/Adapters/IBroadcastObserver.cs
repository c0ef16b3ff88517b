namespace Holdfast.Monitoring.Adapters;

/// <summary>Is told what people want to know of broadcasting. Must return at once and must not throw: some of it is told while a broadcast is made.</summary>
internal interface IBroadcastObserver
{
    /// <summary>Broadcasts are made another way from now on.</summary>
    void OnModeChanged(BroadcastPlan was, BroadcastPlan now)
    {
    }

    /// <summary>The second adapter carries another share from now on.</summary>
    void OnSharesChanged(RolloutShares shares)
    {
    }

    /// <summary>Pages had better use another adapter.</summary>
    /// <param name="was">The adapter until now.</param>
    /// <param name="now">The adapter from now on.</param>
    /// <param name="reason">What is wrong with the one that was; null when it is the first one that is good again.</param>
    void OnEffectiveChanged(string was, string now, string? reason)
    {
    }

    /// <summary>A broadcast was taken by nobody who should have; the first of a row.</summary>
    void OnFailing(BroadcastPlan plan, string reason)
    {
    }

    /// <summary>Broadcasts are acknowledged again.</summary>
    /// <param name="plan">How they are made.</param>
    /// <param name="failed">Broadcasts that were not.</param>
    void OnWorkingAgain(BroadcastPlan plan, long failed)
    {
    }

    /// <summary>An adapter does not carry what it should.</summary>
    /// <param name="alert">What differs.</param>
    /// <param name="tripped">Its breaker was opened.</param>
    void OnMismatch(MismatchAlert alert, bool tripped)
    {
    }
}
