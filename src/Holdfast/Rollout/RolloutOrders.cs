using Holdfast.Flags.Rules;
using Holdfast.Pipeline;

namespace Holdfast.Rollout;

/// <summary>What a person may do to a rollout, and what becomes of the flag; pure.</summary>
internal static class RolloutOrders
{
    public static (FlagDocument? Next, FlagOutcome? Refused) Begin(FlagDocument document, GuardedRollout order, DateTimeOffset now, Act act)
    {
        if (document.Rule is not { } rule)
        {
            return (null, FlagOutcome.Refused("The flag has no rule: put one with the variant first."));
        }

        var from = rule.Split.BucketsOf(order.Variant);
        if (FindFaults(rule, document.Rollout, order, from) is { Count: > 0 } faults)
        {
            return (null, FlagOutcome.Faulty(faults));
        }

        var begun = order with { BeganAt = now, StepBeganAt = now, FromBuckets = from, Because = act.Reason ?? $"Begun by {act.Actor}." };
        return (document with { Rule = begun.ApplyTo(rule), Rollout = begun }, null);
    }

    public static (FlagDocument? Next, FlagOutcome? Refused) Steer(FlagDocument document, RolloutStatus to, DateTimeOffset now, Act act)
    {
        if (document is not { Rule: { } rule, Rollout: { IsOver: false } rollout } || rollout.Status == to)
        {
            return (null, FlagOutcome.Refused(document.Rollout is { } done ? $"The rollout is {RolloutJson.NameOf(done.Status)}." : "No rollout of the flag is under way."));
        }

        // A step that was paused soaks anew: what was measured meanwhile is what people did to it.
        var steered = rollout with { Status = to, StepBeganAt = now, Because = act.Reason ?? $"{RolloutJson.NameOf(to)} by {act.Actor}." };
        return (document with { Rule = steered.ApplyTo(rule), Rollout = steered }, null);
    }

    public static string ActionOf(RolloutStatus to) => to switch
    {
        RolloutStatus.Paused => "flag.rollout.pause",
        RolloutStatus.Running => "flag.rollout.resume",
        _ => "flag.rollout.rollback",
    };

    private static List<FlagFault> FindFaults(FlagRule rule, GuardedRollout? under, GuardedRollout order, int from)
    {
        var faults = new List<FlagFault>();
        if (under is { IsOver: false })
        {
            faults.Add(new FlagFault("rollout", "A rollout of the flag is under way: roll it back first."));
        }

        if (!rule.Enabled)
        {
            faults.Add(new FlagFault("rollout", "The flag is killed: revive it first."));
        }

        if (rule.Variants.All(variant => variant.Name != order.Variant) || rule.DefaultVariant == order.Variant)
        {
            faults.Add(new FlagFault("variant", $"A variant other than the default is wanted: {string.Join(", ", rule.Variants.Select(variant => variant.Name).Where(name => name != rule.DefaultVariant))}."));
        }

        if (rule.Split.Shares.Any(share => share.Variant != order.Variant))
        {
            faults.Add(new FlagFault("variant", "Other variants have shares: one variant is rolled out against the default."));
        }

        if (order.Steps[0] <= from)
        {
            faults.Add(new FlagFault("steps", $"The first step must be above the {new FlagShare("", from).Percent} % that the variant has."));
        }

        return faults;
    }
}
