using Holdfast.Flags;

namespace Holdfast.Rollout;

/// <summary>What is wrong with the settings in effect: those that do not go together, and what is set at run time where it cannot be read.</summary>
internal static class FlagIssues
{
    public static IReadOnlyList<string> Find(FlagManager flags, FlagKeeper keeper)
    {
        var values = flags.GetAll().ToDictionary(value => value.Definition.Name, value => value.Value, StringComparer.Ordinal);
        var issues = FlagConsistency.FindIssues(name => values[name]).ToList();
        if (!keeper.IsCurrent)
        {
            issues.Add(keeper.Version == 0
                ? "What is set at run time could not be read yet; flags.override.json and the layers below are in effect"
                : $"What is set at run time cannot be read; version {keeper.Version}, the last known one, is in effect");
        }

        return issues;
    }
}
