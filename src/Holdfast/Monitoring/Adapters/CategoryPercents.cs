using Holdfast.Pipeline;

namespace Holdfast.Monitoring.Adapters;

/// <summary>A percentage for each category of events.</summary>
internal sealed record CategoryPercents(double Critical, double Performance, double UserActivity, double System, double Debug)
{
    public double this[EventCategory category] => category switch
    {
        EventCategory.Critical => Critical,
        EventCategory.Performance => Performance,
        EventCategory.UserActivity => UserActivity,
        EventCategory.System => System,
        EventCategory.Debug => Debug,
        _ => throw new ArgumentOutOfRangeException(nameof(category), category, "Not a category."),
    };
}
