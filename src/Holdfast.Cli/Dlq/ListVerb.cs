using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq list</c></summary>
internal static class ListVerb
{
    private const int ReasonCharacters = 80;

    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many; 1 to 500.", DefaultValueFactory = _ => 50 };
        var cursor = new Option<string>("--cursor") { Description = "Goes on where the last page ended." };
        var groups = new Option<bool>("--groups") { Description = "By cause instead of one by one." };
        var command = new Command("list", "Lists dead letters, the newest first.") { limit, cursor, groups };
        var filter = new FilterOptions().AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var more = new List<(string, string)> { ("limit", $"{session.Arguments.GetValue(limit)}") };
            if (session.Arguments.GetValue(groups))
            {
                Show(session, await session.GetAsync($"{DlqCommand.Path}/groups{filter.Query(session.Arguments, more)}", cancellationToken), ShowGroups);
                return ExitCode.Done;
            }

            if (session.Arguments.GetValue(cursor) is { } from)
            {
                more.Add(("cursor", from));
            }

            Show(session, await session.GetAsync(DlqCommand.Path + filter.Query(session.Arguments, more), cancellationToken), ShowLetters);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, JsonElement answer, Action<Session, JsonElement> forPeople)
    {
        if (session.AsJson)
        {
            Session.WriteJson(answer);
        }
        else
        {
            forPeople(session, answer);
        }
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
                new Text(letter.GetProperty("created_at").GetDateTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                new Text(WhatOf(letter)),
                new Text(Short(letter.GetProperty("failure_reason").GetString()!)));
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
                new Text(group.GetProperty("last_at").GetDateTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                new Text(group.GetProperty("example_id").ToString()),
                new Text(Short(group.GetProperty("failure_reason").GetString()!)));
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
                return Printable(what.GetString()!);
            }
        }

        return $"{letter.GetProperty("kind")} ({letter.GetProperty("size_bytes")} bytes)";
    }

    private static string Short(string text) => Printable(text.Length <= ReasonCharacters ? text : text[..(ReasonCharacters - 3)] + "...");

    // What was refused may hold anything, and a terminal obeys control characters.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
