using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries stats</c></summary>
internal static class StatsVerb
{
    public static Command Create()
    {
        var command = new Command("stats", "Counts retries by operation type and state.");
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync($"{RetriesCommand.Path}/stats", cancellationToken), Show);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, JsonElement stats)
    {
        var table = new Table().AddColumns("operation type", "status", "count");
        foreach (var count in stats.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(Shown.Printable(count.GetProperty("operation_type").GetString()!)),
                new Text(count.GetProperty("status").GetString()!),
                new Text(count.GetProperty("count").ToString()));
        }

        session.Out.Write(table);
        Shown.Age(stats);
    }
}
