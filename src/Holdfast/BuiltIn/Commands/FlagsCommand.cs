using System.Globalization;
using Holdfast.Flags;

namespace Holdfast.BuiltIn.Commands;

/// <summary><c>flags</c>: settings with their origin. Secrets read <c>***</c>, as everywhere.</summary>
internal sealed class FlagsCommand(FlagManager flags) : ICommand
{
    public string Name => "flags";

    public string Summary => "Settings that are not at their default, or those whose names contain a text.";

    public string Usage => "flags [<part of a name>]";

    public CommandRole Role => CommandRole.Operator;

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken)
    {
        var shown = flags.GetAll().Where(flag => IsMeant(flag, call.Arguments)).Select(Line).ToList();
        return ValueTask.FromResult(new CommandAnswer(shown.Count > 0 ? string.Join('\n', shown)
            : call.Arguments.Count == 0 ? "All settings are at their defaults." : "There is no such setting."));
    }

    private static bool IsMeant(FlagValue flag, IReadOnlyList<string> arguments) => arguments switch
    {
        [] => flag.Origin != FlagOrigin.Default,
        [var part] => flag.Definition.Name.Contains(part, StringComparison.OrdinalIgnoreCase),
        _ => throw new CommandUsageException("At most one argument is wanted."),
    };

    private static string Line(FlagValue flag) =>
        string.Create(CultureInfo.InvariantCulture, $"{flag.Definition.Name}={flag.Value} ({flag.Origin.ToString().ToLowerInvariant()})");
}
