using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Health;

/// <summary><c>holdfast health history</c></summary>
internal static class HistoryVerb
{
    private static readonly string[] Cells = ["kind", "check", "from", "to", "detail"];

    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many; 1 to 500.", DefaultValueFactory = _ => 50 };
        var cursor = new Option<string>("--cursor") { Description = "Goes on where the last page ended." };
        var command = new Command("history", "What became of checks, what was done about it, and incidents, the newest first.") { limit, cursor };
        var filter = new FilterOptions(
            ("--check", "check", "Name of a check."),
            ("--kind", "kind", "transition, recovery, incident_opened or incident_closed."),
            ("--since", "since", "Not before this instant: 2026-01-31T12:00:00Z."),
            ("--until", "until", "Before this instant.")).AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var more = new List<(string, string)> { ("limit", $"{session.Arguments.GetValue(limit)}") };
            if (session.Arguments.GetValue(cursor) is { } from)
            {
                more.Add(("cursor", from));
            }

            Shown.Answer(session, await session.GetAsync($"{HealthCommand.Path}/history{filter.Query(session.Arguments, more)}", cancellationToken), Show);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, JsonElement page)
    {
        var table = new Table().AddColumns("at", "what", "check", "from", "to", "detail");
        foreach (var item in page.GetProperty("items").EnumerateArray())
        {
            table.AddRow([new Text(Shown.Instant(item.GetProperty("at"))), .. Cells.Select(name => new Text(Cell(item, name)))]);
        }

        session.Out.Write(table);
        if (page.GetProperty("next_cursor").GetString() is { } next)
        {
            Session.Note($"There are more: --cursor {next}");
        }
    }

    private static string Cell(JsonElement item, string name) => item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Shown.Short(value.GetString()) : "";
}
