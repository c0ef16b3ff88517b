using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>The parts of the server with a life of their own: section <c>components</c> of holdfast.json.</summary>
internal static class ComponentFlags
{
    private const int NamesMax = 100;

    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        List(FlagNames.ComponentsEnabled, "Components that run, with commas. Empty: all."),
        List(FlagNames.ComponentsDisabled, "Components that do not run, with commas, whatever is enabled."),
        new(FlagNames.ComponentsStartTimeoutSeconds, FlagType.Int, 10L, "Seconds that the start of a component may take that says nothing else; then it is left behind and tried again.")
        {
            Apply = FlagApply.Start,
            Validator = Between(1, 600),
        },
        new(FlagNames.CommandsDisabled, FlagType.String, "", "Commands that nobody may call, with commas.") { Validator = NamesUpTo(NamesMax) },
        new(FlagNames.CommandsCooldownSeconds, FlagType.Int, 5L, "Seconds until a caller may call the same command again; 0: at once.") { Validator = Between(0, 3_600) },
    ];

    private static FlagDefinition List(string name, string description) =>
        new(name, FlagType.String, "", description) { Apply = FlagApply.Start, Validator = NamesUpTo(NamesMax) };
}
