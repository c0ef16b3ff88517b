using System.Globalization;

namespace Holdfast.Flags.Rules;

/// <summary>
/// Asks a rule: kill switch, then the keys that are named, then the conditions in order, then the percentage, then the default. Pure: the
/// same rule and context give the same answer in every process and at every time.
/// </summary>
internal static class FlagEvaluator
{
    /// <param name="explain">True to write down what was asked; costs a few strings.</param>
    public static FlagEvaluation Evaluate(string name, FlagRule rule, FlagContext context, bool explain = false)
    {
        var trace = explain ? new List<string>() : null;
        return new Question(name, rule, context, trace).Answer() with { Trace = trace ?? [], Apply = rule.Enabled ? rule.Apply : FlagApply.Immediate };
    }

    private readonly record struct Question(string Name, FlagRule Rule, FlagContext Context, List<string>? Trace)
    {
        public FlagEvaluation Answer()
        {
            if (!Rule.Enabled)
            {
                Trace?.Add($"The flag is killed: everybody gets {Rule.OffVariant}.");
                return Of(Rule.OffVariant, FlagReason.Disabled);
            }

            return ByKey() ?? ByCondition() ?? ByShare(Rule.Split, "The percentage") ?? Otherwise();
        }

        private FlagEvaluation? ByKey()
        {
            foreach (var named in Rule.Overrides)
            {
                if (Context.TargetingKey is { } key && named.Keys.Contains(key))
                {
                    Trace?.Add($"The key {key} is named: it gets {named.Variant}.");
                    return Of(named.Variant, FlagReason.TargetingMatch);
                }
            }

            if (Rule.Overrides.Count > 0)
            {
                Trace?.Add("The key is not among those that are named.");
            }

            return null;
        }

        private FlagEvaluation? ByCondition()
        {
            foreach (var target in Rule.Targeting)
            {
                if (!target.Condition.Holds(Context.Attributes))
                {
                    Trace?.Add($"The condition {target.Name} does not hold.");
                    continue;
                }

                Trace?.Add($"The condition {target.Name} holds.");
                return target.Variant is { } variant ? Of(variant, FlagReason.TargetingMatch) : ByShare(target.Split, "Its percentage") ?? Otherwise();
            }

            return null;
        }

        private FlagEvaluation? ByShare(FlagSplit split, string what)
        {
            if (split.Shares.Count == 0)
            {
                return null;
            }

            if (Context.TargetingKey is not { } key)
            {
                Trace?.Add($"{what} decides, and the context has no targetingKey.");
                return Of(Rule.DefaultVariant, FlagReason.Error) with { Error = FlagError.TargetingKeyMissing };
            }

            var bucket = FlagBucket.Of(Rule.Salt ?? Name, key);
            var variant = split.Find(bucket);
            Trace?.Add($"{what}: {key} is in bucket {bucket} of {FlagBucket.Count}; {Describe(split)}: {variant ?? Rule.DefaultVariant}.");
            return Of(variant ?? Rule.DefaultVariant, FlagReason.Split) with { Bucket = bucket };
        }

        private FlagEvaluation Otherwise()
        {
            var decides = Rule.Overrides.Count + Rule.Targeting.Count > 0;
            Trace?.Add(decides ? $"Nothing else decides: the default, {Rule.DefaultVariant}." : $"Everybody gets {Rule.DefaultVariant}.");
            return Of(Rule.DefaultVariant, decides ? FlagReason.Default : FlagReason.Static);
        }

        private FlagEvaluation Of(string variant, FlagReason reason) => new(Name, Rule.ValueOf(variant), variant, reason, FlagOrigin.Runtime);

        private string Describe(FlagSplit split)
        {
            var end = 0;
            var parts = split.Shares.Select(share => string.Create(CultureInfo.InvariantCulture, $"{share.Variant} has those below {end += share.Buckets}"));
            return string.Join(", ", [.. parts, $"{Rule.DefaultVariant} the rest"]);
        }
    }
}
