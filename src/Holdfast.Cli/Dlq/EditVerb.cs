using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq edit</c>: with the members in a file, or in the editor of the person at the terminal.</summary>
internal static class EditVerb
{
    public static Command Create()
    {
        var id = DlqCommand.Id();
        var file = new Option<string>("--file") { Description = "JSON with the members to change (null removes one); - for the standard input. Default: the editor ($VISUAL, $EDITOR) with all of it." };
        var whole = new Option<bool>("--replace") { Description = "The file holds the whole payload." };
        var version = new Option<int?>("--if-version") { Description = "With --file: only if it is still this version, as 'dlq show' tells it. The editor sends the version that it showed." };
        var replay = new Option<bool>("--replay") { Description = "Replay it when it is edited." };
        var reason = DlqCommand.Reason();
        var command = new Command("edit", "Changes the payload of a dead letter. The old one is kept in the audit.") { id, file, whole, version, replay, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var path = $"{DlqCommand.Path}/{session.Arguments.GetValue(id)}";
            var why = session.Arguments.GetValue(reason);
            var edited = session.Arguments.GetValue(file) is { } from
                ? await SendAsync(session, path, await TextFile.ReadAsync(from, cancellationToken), session.Arguments.GetValue(whole), session.Arguments.GetValue(version), why, cancellationToken)
                : await InEditorAsync(session, path, session.Arguments.GetValue(version), why, cancellationToken);
            if (edited is not { } letter)
            {
                Session.Note("Nothing was changed.");
                return ExitCode.Done;
            }

            return session.Arguments.GetValue(replay) ? await ReplayVerb.OneAsync(session, path, [], cancellationToken) : Say(session, letter);
        });
        return command;
    }

    private static int Say(Session session, JsonElement edited)
    {
        if (session.AsJson)
        {
            Session.WriteJson(edited);
        }
        else
        {
            Console.WriteLine($"Dead letter {edited.GetProperty("id")} is edited. 'holdfast dlq replay {edited.GetProperty("id")}' tries it now.");
        }

        return ExitCode.Done;
    }

    /// <summary>The letter as it is afterwards; null when the person changed nothing.</summary>
    private static async Task<JsonElement?> InEditorAsync(Session session, string path, int? version, string? reason, CancellationToken cancellationToken)
    {
        if (Surroundings.Editor is not { } editor || Console.IsInputRedirected)
        {
            throw new UsageException("There is no editor ($VISUAL, $EDITOR): say --file with the members to change.");
        }

        if (version is not null)
        {
            throw new UsageException("--if-version goes with --file: the editor sends the version that it showed.");
        }

        var letter = await session.GetAsync(path, cancellationToken);
        var shown = letter.GetProperty("version").GetInt32();
        using var draft = new Draft(letter.GetProperty("id").GetInt64(), letter.GetProperty("original_payload"));
        try
        {
            return await draft.EditAsync(editor) is { } text ? await SendAsync(session, path, text, whole: true, shown, reason, cancellationToken) : null;
        }
        catch (Exception)
        {
            draft.KeepIfChanged(shown);
            throw;
        }
    }

    private static Task<JsonElement> SendAsync(Session session, string path, string text, bool whole, int? version, string? reason, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["original_payload"] = Payload(text), ["replace"] = whole, ["reason"] = reason };
        return session.PatchAsync(path, body, version is { } seen ? $"\"{seen}\"" : null, cancellationToken);
    }

    private static JsonObject Payload(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new UsageException("The payload must be a JSON object.");
        }
        catch (JsonException fault)
        {
            throw new UsageException($"The payload is not JSON: {fault.Message}");
        }
    }
}
