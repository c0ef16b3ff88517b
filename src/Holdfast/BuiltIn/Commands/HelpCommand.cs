namespace Holdfast.BuiltIn.Commands;

/// <summary><c>help</c>: the commands that the caller may call, or how one of them is called.</summary>
/// <param name="registry">Asked when it is called: help is itself in the registry.</param>
internal sealed class HelpCommand(Func<CommandRegistry> registry, Func<CommandOptions> options) : ICommand
{
    public string Name => "help";

    public string Summary => "Which commands there are, and how one is called.";

    public string Usage => "help [<command>]";

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new CommandAnswer(call.Arguments.Count == 0 ? List(call.Caller) : Explain(call)));

    private string List(CommandCaller caller) => string.Join('\n', For(caller).Select(command => $"{command.Name}: {command.Summary}"));

    private string Explain(CommandCall call)
    {
        var command = For(call.Caller).FirstOrDefault(one => one.Name.Equals(call.Arguments[0].TrimStart(CommandLineText.Prefix), StringComparison.OrdinalIgnoreCase))
            ?? throw new CommandUsageException("There is no such command for you.");
        return $"{command.Usage}\n{command.Summary}";
    }

    private IEnumerable<ICommand> For(CommandCaller caller) =>
        registry().All.Where(command => caller.Role >= command.Role && !options().Disabled.Contains(command.Name, StringComparer.OrdinalIgnoreCase));
}
