using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Ops;

/// <summary><c>holdfast ops watch</c>: exits with 1 when it did not complete, or not everything succeeded.</summary>
internal static class WatchVerb
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var id = OpsCommand.Id();
        var command = new Command("watch", "Shows how far an operation is until it ends, stops or is paused.") { id };
        command.Does((session, cancellationToken) => UntilItEndsAsync(session, session.Arguments.GetValue(id), cancellationToken));
        return command;
    }

    public static async Task<int> UntilItEndsAsync(Session session, Guid id, CancellationToken cancellationToken)
    {
        var told = "";
        while (true)
        {
            var operation = await session.GetAsync($"{OpsCommand.Path}/{id}", cancellationToken);
            if (operation.GetProperty("state").GetString() != "running")
            {
                Shown.Answer(session, operation, (_, ended) => Console.WriteLine(OpsCommand.Line(ended)));
                return IsWhole(operation) ? ExitCode.Done : ExitCode.NotAll;
            }

            if (OpsCommand.Line(operation) is var line && line != told)
            {
                Session.Note(told = line);
            }

            await Task.Delay(Period, cancellationToken);
        }
    }

    private static bool IsWhole(JsonElement operation) =>
        operation.GetProperty("state").GetString() == "completed" && operation.GetProperty("failed").GetInt64() == 0 && operation.GetProperty("skipped").GetInt64() == 0;
}
