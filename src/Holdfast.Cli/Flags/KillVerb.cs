using System.CommandLine;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags kill</c> and <c>revive</c></summary>
internal static class KillVerb
{
    public static Command Create(string verb, string description, string done)
    {
        var name = FlagsCommand.Name();
        var reason = FlagsCommand.Reason();
        var command = new Command(verb, description) { name, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var flag = session.Arguments.GetRequiredValue(name);
            var answer = await session.PostAsync($"{FlagsCommand.PathOf(flag)}/{verb}", FlagsCommand.BodyOf(session.Arguments.GetValue(reason)), cancellationToken);
            Shown.Answer(session, answer, (_, _) => Console.WriteLine($"{flag} {done}."));
            return ExitCode.Done;
        });
        return command;
    }
}
