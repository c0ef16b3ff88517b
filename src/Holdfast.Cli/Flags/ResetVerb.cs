using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags reset</c></summary>
internal static class ResetVerb
{
    public static Command Create()
    {
        var name = FlagsCommand.Name();
        var reason = FlagsCommand.Reason();
        var ifVersion = FlagsCommand.IfVersion();
        var command = new Command("reset", "Takes back what was set at run time: the layer below is in effect again, and a flag of your own is gone.") { name, reason, ifVersion };
        command.Does(async (session, cancellationToken) =>
        {
            var flag = session.Arguments.GetRequiredValue(name);
            var query = session.Arguments.GetValue(reason) is { } why ? $"?reason={Uri.EscapeDataString(why)}" : "";
            var now = await session.DeleteAsync(FlagsCommand.PathOf(flag) + query, FlagsCommand.TagOf(session.Arguments.GetValue(ifVersion)), cancellationToken);
            Shown.Answer(session, now, (_, _) => Console.WriteLine(Describe(flag, now)));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Describe(string flag, JsonElement now) => now.TryGetProperty("value", out var value)
        ? $"{flag} is {Shown.Short(value.ToString())} ({now.GetProperty("origin").GetString()})."
        : $"{flag} is gone.";
}
