using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Keys;

/// <summary><c>holdfast keys list</c></summary>
internal static class ListVerb
{
    public static Command Create()
    {
        var command = new Command("list", "All keys, the newest first, also those that are revoked; never their secrets.");
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync(KeysCommand.Path, cancellationToken), Show);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, JsonElement keys)
    {
        var table = new Table().AddColumns("id", "name", "role", "made", "by", "last used", "ends");
        foreach (var key in keys.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                Text(key, "id"), Text(key, "name"), Text(key, "role"), Instant(key, "created_at"), Text(key, "created_by"), Instant(key, "last_used_at"),
                key.GetProperty("revoked_at").ValueKind == JsonValueKind.Null ? Instant(key, "expires_at") : $"revoked {Instant(key, "revoked_at")}");
        }

        session.Out.Write(table);
    }

    private static string Text(JsonElement key, string name) => Markup.Escape(Shown.Printable(key.GetProperty(name).GetString()!));

    private static string Instant(JsonElement key, string name) => Shown.Instant(key.GetProperty(name));
}
