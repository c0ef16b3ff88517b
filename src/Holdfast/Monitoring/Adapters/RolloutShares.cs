using Holdfast.Flags.Rules;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring.Adapters;

/// <summary>Which events the second adapter carries. The first carries everything, whatever stands here.</summary>
/// <param name="Percents">The share of each category.</param>
internal sealed record RolloutShares(CategoryPercents Percents)
{
    /// <summary>What is urgent and what is rare; half of what is frequent; nothing of what people do and of what is for developers.</summary>
    public static RolloutShares Default { get; } = new(new CategoryPercents(Critical: 100, Performance: 50, UserActivity: 0, System: 100, Debug: 0));

    public static RolloutShares Everything { get; } = new(new CategoryPercents(100, 100, 100, 100, 100));

    /// <summary>
    /// Decided by the event's id alone: the same on every node and at every repetition, and an event that is carried at 10 % is carried at 50 %.
    /// </summary>
    public bool Carries(EventCategory category, Guid eventId)
    {
        var percent = Percents[category];
        if (percent is <= 0 or >= 100)
        {
            return percent > 0;
        }

        Span<byte> id = stackalloc byte[16];
        eventId.TryWriteBytes(id, bigEndian: true, out _);
        return (((ulong)Murmur3.Hash(id) * FlagBucket.Count) >> 32) < percent * (FlagBucket.Count / 100);
    }
}
