namespace Holdfast.Rollout;

/// <summary>Has the store delete what is past its keep time, now and then.</summary>
internal sealed class RolloutUpkeep(IFlagStore store, Func<TimeSpan> keepHistory, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    private DateTimeOffset _dueAt = time.GetUtcNow() + Period;

    public async ValueTask RunWhenDueAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now < _dueAt)
        {
            return;
        }

        await store.MaintainAsync(keepHistory(), GuardJudge.Horizon, cancellationToken);
        _dueAt = now + Period;
    }
}
