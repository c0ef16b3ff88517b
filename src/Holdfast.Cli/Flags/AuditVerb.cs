using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags audit</c></summary>
internal static class AuditVerb
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many; 1 to 500.", DefaultValueFactory = _ => 50 };
        var cursor = new Option<string>("--cursor") { Description = "Goes on where the last page ended." };
        var command = new Command("audit", "Lists what was changed at run time, by whom and why, newest first.") { limit, cursor };
        var filter = new FilterOptions(("--name", "name", "Of this flag only.")).AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var more = new List<(string, string)> { ("limit", $"{session.Arguments.GetValue(limit)}") };
            if (session.Arguments.GetValue(cursor) is { } from)
            {
                more.Add(("cursor", from));
            }

            Shown.Answer(session, await session.GetAsync($"{FlagsCommand.Path}/audit{filter.Query(session.Arguments, more)}", cancellationToken), Show);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, JsonElement page)
    {
        var table = new Table().AddColumns("version", "at", "flag", "what", "who", "after", "why");
        foreach (var change in page.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(change.GetProperty("version").ToString()),
                new Text(Shown.Instant(change.GetProperty("at"))),
                new Text(change.GetProperty("name").GetString()!),
                new Text(change.GetProperty("action").GetString()!),
                new Text(Shown.Printable(change.GetProperty("actor").GetString()!)),
                new Text(After(change.GetProperty("after"))),
                new Text(Shown.Short(change.GetProperty("reason").GetString())));
        }

        session.Out.Write(table);
        if (page.GetProperty("next_cursor").GetString() is { } next)
        {
            Session.Note($"There are more: --cursor {next}");
        }
    }

    private static string After(JsonElement after) =>
        after.ValueKind == JsonValueKind.Null ? "" : after.TryGetProperty("value", out var value) ? Shown.Short(value.ToString()) : "a rule";
}
