using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq list</c></summary>
internal static class ListVerb
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many; 1 to 500.", DefaultValueFactory = _ => 50 };
        var cursor = new Option<string>("--cursor") { Description = "Goes on where the last page ended." };
        var groups = new Option<bool>("--groups") { Description = "By cause instead of one by one." };
        var command = new Command("list", "Lists dead letters, the newest first.") { limit, cursor, groups };
        var filter = LetterFilters.Create().AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var more = new List<(string, string)> { ("limit", $"{session.Arguments.GetValue(limit)}") };
            if (session.Arguments.GetValue(groups))
            {
                Shown.Answer(session, await session.GetAsync($"{DlqCommand.Path}/groups{filter.Query(session.Arguments, more)}", cancellationToken), ShowGroups);
                return ExitCode.Done;
            }

            if (session.Arguments.GetValue(cursor) is { } from)
            {
                more.Add(("cursor", from));
            }

            Shown.Answer(session, await session.GetAsync(DlqCommand.Path + filter.Query(session.Arguments, more), cancellationToken), ShowLetters);
            return ExitCode.Done;
        });
        return command;
    }

    private static void ShowLetters(Session session, JsonElement page)
    {
        var table = new Table().AddColumns("id", "status", "tries", "created", "what", "why");
        foreach (var letter in page.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(letter.GetProperty("id").ToString()),
                new Text(letter.GetProperty("status").GetString()!),
                new Text($"{letter.GetProperty("retry_count")}/{letter.GetProperty("max_retries")}"),
                new Text(Shown.Instant(letter.GetProperty("created_at"))),
                new Text(WhatOf(letter)),
                new Text(Shown.Short(letter.GetProperty("failure_reason").GetString()!)));
        }

        session.Out.Write(table);
        if (page.GetProperty("next_cursor").GetString() is { } next)
        {
            Session.Note($"There are more: --cursor {next}");
        }
    }

    private static void ShowGroups(Session session, JsonElement answer)
    {
        var table = new Table().AddColumns("count", "fingerprint", "kind", "last", "example", "why");
        foreach (var group in answer.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(group.GetProperty("count").ToString()),
                new Text(group.GetProperty("fingerprint").GetString()!),
                new Text(group.GetProperty("kind").GetString()!),
                new Text(Shown.Instant(group.GetProperty("last_at"))),
                new Text(group.GetProperty("example_id").ToString()),
                new Text(Shown.Short(group.GetProperty("failure_reason").GetString()!)));
        }

        session.Out.Write(table);
    }

    private static string WhatOf(JsonElement letter)
    {
        var payload = letter.GetProperty("original_payload");
        foreach (var name in (string[])["event_type", "name"])
        {
            if (payload.TryGetProperty(name, out var what) && what.ValueKind == JsonValueKind.String)
            {
                return Shown.Printable(what.GetString()!);
            }
        }

        return $"{letter.GetProperty("kind")} ({letter.GetProperty("size_bytes")} bytes)";
    }
}
