namespace Holdfast.BuiltIn.Commands;

/// <summary>Which calls are refused before anything is done, all but for the cooldown, which has a memory. Pure.</summary>
internal static class CommandRules
{
    /// <param name="command">What the name stands for; null: nothing.</param>
    /// <returns>Why it is refused; null: it is not.</returns>
    public static CommandReply.Refused? Judge(CommandRequest request, ICommand? command, CommandOptions options, DateTimeOffset now)
    {
        if (FaultOfSize(request) is { } fault)
        {
            return new(CommandRefusal.TooLong, fault);
        }

        return command is null ? new(CommandRefusal.Unknown, $"There is no command '{request.Command}'. 'help' lists those that there are.")
            : now - request.AskedAt > CommandLimits.AgeMax ? new(CommandRefusal.Stale, "It was asked too long ago and has not been done. Ask again.")
            : options.Disabled.Contains(command.Name, StringComparer.OrdinalIgnoreCase) ? new(CommandRefusal.Disabled, $"The command '{command.Name}' is disabled.")
            : request.Caller.Role >= command.Role ? null
            : command.Role == CommandRole.Admin ? new(CommandRefusal.AdminOnly, $"Only administrators may call '{command.Name}'.")
            : new(CommandRefusal.Rank, $"To call '{command.Name}' takes the role {command.Role.ToString().ToLowerInvariant()}.");
    }

    private static string? FaultOfSize(CommandRequest request) =>
        request.Length > CommandLimits.LineCharsMax ? $"A command has at most {CommandLimits.LineCharsMax} characters in all."
        : request.Arguments.Count > CommandLimits.ArgumentsMax ? $"A command has at most {CommandLimits.ArgumentsMax} arguments."
        : request.Arguments.Any(argument => argument.Length > CommandLimits.ArgumentCharsMax) ? $"An argument has at most {CommandLimits.ArgumentCharsMax} characters."
        : null;
}
