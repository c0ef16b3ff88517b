using System.Collections.Concurrent;
using Holdfast.Flags.Rules;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Rollout;

/// <summary>
/// Moves guarded rollouts on and back. Every node does this, with what all nodes measured and by the store's clock; each move is written over
/// the version that was judged, so one node's move is made and the others find theirs overtaken. Without rollouts it asks nothing.
/// </summary>
internal sealed class RolloutWorker(IFlagStore store, FlagKeeper keeper, FlagDesk desk, FlagSampleBook book, RolloutUpkeep upkeep, TimeProvider time, ILogger<RolloutWorker> logger) : ILoop
{
    /// <summary>Between two looks. Guards have windows of minutes.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Who moves a rollout that moves by itself.</summary>
    public const string Actor = "rollout";

    private readonly ConcurrentDictionary<string, RolloutLook> _looks = new(StringComparer.Ordinal);
    private bool _standsStill;

    public string Name => "rollouts";

    /// <summary>Why a rollout does not move and what was measured of it, as of the last look; null when there was none.</summary>
    public RolloutLook? LastLook(string flag) => _looks.GetValueOrDefault(flag);

    /// <summary>Ends only by cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await RoundAsync(cancellationToken);
        }
    }

    /// <summary>One look at everything.</summary>
    internal async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteSamplesAsync(cancellationToken);
            foreach (var flag in keeper.Kept.Values.Where(IsUnderWay))
            {
                await MoveAsync(flag, cancellationToken);
            }

            await upkeep.RunWhenDueAsync(cancellationToken);
            _standsStill = false;
        }
        catch (StoreUnavailableException unavailable)
        {
            if (!_standsStill)
            {
                logger.RolloutsStandStill(unavailable.Code);
            }

            _standsStill = true;
        }
    }

    private static bool IsUnderWay(KeptFlag flag) => flag.Document is { Rollout.IsOver: false, Rule.Enabled: true };

    /// <summary>What cannot be written is dropped: at another time it would say something else.</summary>
    private async ValueTask WriteSamplesAsync(CancellationToken cancellationToken)
    {
        if (book.TakeAll() is { Count: > 0 } samples)
        {
            await store.AddSamplesAsync(Guid.CreateVersion7(time.GetUtcNow()), samples, cancellationToken);
        }
    }

    private async ValueTask MoveAsync(KeptFlag flag, CancellationToken cancellationToken)
    {
        var (name, rollout) = (flag.Stored.Name, flag.Document.Rollout!);
        var measured = await store.ReadSamplesAsync(name, GuardJudge.Horizon, cancellationToken);
        var decision = GuardJudge.Decide(rollout, measured.Samples, measured.Now);
        _looks[name] = GuardJudge.Look(rollout, measured.Samples, measured.Now, decision.Because);
        if (decision.Move == RolloutMove.Stay)
        {
            return;
        }

        var moved = rollout.Move(decision, measured.Now);
        if (await desk.MoveAsync(flag, moved, new Act(Actor, decision.Because), NameOf(decision.Move), cancellationToken))
        {
            Tell(name, moved, decision);
        }
    }

    private void Tell(string name, GuardedRollout moved, RolloutDecision decision)
    {
        var percent = new FlagShare("", moved.Buckets).Percent;
        if (decision.Move == RolloutMove.RollBack)
        {
            logger.RolloutRolledBack(name, percent, decision.Because);
        }
        else
        {
            logger.RolloutMoved(name, percent, decision.Because);
        }
    }

    private static string NameOf(RolloutMove move) => move switch
    {
        RolloutMove.Advance => "flag.rollout.advance",
        RolloutMove.Complete => "flag.rollout.complete",
        _ => "flag.rollout.rollback",
    };
}
