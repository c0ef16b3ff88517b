using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags list</c></summary>
internal static class ListVerb
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many; 1 to 500.", DefaultValueFactory = _ => 500 };
        var cursor = new Option<string>("--cursor") { Description = "Goes on where the last page ended." };
        var command = new Command("list", "Lists settings and flags by name.") { limit, cursor };
        var filter = new FilterOptions(
            ("--name", "name", "Occurs in the name."),
            ("--origin", "origin", "override, environment, runtime, file or default."),
            ("--for-clients", "for_clients", "true: those that clients are told of.")).AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var more = new List<(string, string)> { ("limit", $"{session.Arguments.GetValue(limit)}") };
            if (session.Arguments.GetValue(cursor) is { } from)
            {
                more.Add(("cursor", from));
            }

            Shown.Answer(session, await session.GetAsync(FlagsCommand.Path + filter.Query(session.Arguments, more), cancellationToken), Show);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, JsonElement page)
    {
        var table = new Table().AddColumns("name", "value", "origin", "type", "decided by");
        foreach (var flag in page.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(flag.GetProperty("name").GetString()!),
                new Text(Shown.Short(flag.GetProperty("value").ToString())),
                new Text(flag.GetProperty("origin").GetString()!),
                new Text(flag.GetProperty("type").GetString()!),
                new Text(DecidedBy(flag)));
        }

        session.Out.Write(table);
        if (page.GetProperty("next_cursor").GetString() is { } next)
        {
            Session.Note($"There are more: --cursor {next}");
        }
    }

    private static string DecidedBy(JsonElement flag) =>
        !flag.TryGetProperty("rule", out var rule) ? ""
        : !rule.GetProperty("enabled").GetBoolean() ? "killed"
        : flag.TryGetProperty("rollout", out var rollout) ? $"rollout, {rollout.GetProperty("status").GetString()} at {rollout.GetProperty("percent")} %"
        : "a rule";
}
