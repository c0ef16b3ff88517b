using System.Text;

namespace Holdfast.Pipeline;

/// <summary>How much an event matters, for delivery and for filters. The numbers are on disk: they never change their meaning.</summary>
public enum EventCategory : byte
{
    /// <summary>Something failed; <c>critical</c> on the wire.</summary>
    Critical = 1,

    /// <summary>How fast something is; <c>performance</c> on the wire.</summary>
    Performance = 2,

    /// <summary>What a person did; <c>user_activity</c> on the wire.</summary>
    UserActivity = 3,

    /// <summary>What the system did; <c>system</c> on the wire. The default.</summary>
    System = 4,

    /// <summary>For developers; <c>debug</c> on the wire.</summary>
    Debug = 5,
}

/// <summary>The names of categories on the wire.</summary>
internal static class EventCategories
{
    public static IReadOnlyList<string> Names { get; } = ["critical", "performance", "user_activity", "system", "debug"];

    public static string Name(EventCategory category) => category switch
    {
        EventCategory.Critical => "critical",
        EventCategory.Performance => "performance",
        EventCategory.UserActivity => "user_activity",
        EventCategory.System => "system",
        EventCategory.Debug => "debug",
        _ => throw new ArgumentOutOfRangeException(nameof(category), category, "Not a category."),
    };

    public static bool TryParse(string? name, out EventCategory category)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (string.Equals(Names[i], name, StringComparison.Ordinal))
            {
                category = (EventCategory)(i + 1);
                return true;
            }
        }

        category = default;
        return false;
    }

    /// <summary>The same for a name in UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out EventCategory category)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Ascii.Equals(name, Names[i]))
            {
                category = (EventCategory)(i + 1);
                return true;
            }
        }

        category = default;
        return false;
    }
}
