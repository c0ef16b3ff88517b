using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries list</c></summary>
internal static class ListVerb
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many; 1 to 500.", DefaultValueFactory = _ => 50 };
        var cursor = new Option<string>("--cursor") { Description = "Goes on where the last page ended." };
        var groups = new Option<bool>("--groups") { Description = "Dead letters and failed ones by cause instead of one by one." };
        var command = new Command("list", "Lists retries, the newest first.") { limit, cursor, groups };
        var filter = RetryFilters.Create().AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var more = new List<(string, string)> { ("limit", $"{session.Arguments.GetValue(limit)}") };
            if (session.Arguments.GetValue(groups))
            {
                Shown.Answer(session, await session.GetAsync($"{RetriesCommand.Path}/groups{filter.Query(session.Arguments, more)}", cancellationToken), ShowGroups);
                return ExitCode.Done;
            }

            if (session.Arguments.GetValue(cursor) is { } from)
            {
                more.Add(("cursor", from));
            }

            Shown.Answer(session, await session.GetAsync(RetriesCommand.Path + filter.Query(session.Arguments, more), cancellationToken), ShowItems);
            return ExitCode.Done;
        });
        return command;
    }

    private static void ShowItems(Session session, JsonElement page)
    {
        var table = new Table().AddColumns("id", "status", "tries", "due", "operation", "last error");
        foreach (var item in page.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(item.GetProperty("id").GetString()!),
                new Text(item.GetProperty("status").GetString()!),
                new Text($"{item.GetProperty("attempt")}/{item.GetProperty("max_retries")}"),
                new Text(Shown.Instant(item.GetProperty("run_after"))),
                new Text(Shown.Short($"{item.GetProperty("operation_type").GetString()} {item.GetProperty("target").GetString()}".TrimEnd())),
                new Text(Shown.Short(item.GetProperty("last_error").GetString())));
        }

        session.Out.Write(table);
        if (page.GetProperty("next_cursor").GetString() is { } next)
        {
            Session.Note($"There are more: --cursor {next}");
        }
    }

    private static void ShowGroups(Session session, JsonElement answer)
    {
        var table = new Table().AddColumns("count", "fingerprint", "operation", "last", "why");
        foreach (var group in answer.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(group.GetProperty("count").ToString()),
                new Text(group.GetProperty("fingerprint").GetString()!),
                new Text(Shown.Printable(group.GetProperty("operation_type").GetString()!)),
                new Text(Shown.Instant(group.GetProperty("last_at"))),
                new Text(Shown.Short(group.GetProperty("message").GetString())));
        }

        session.Out.Write(table);
    }
}
