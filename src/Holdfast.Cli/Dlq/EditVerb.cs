using System.CommandLine;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq edit</c>: with the members in a file, or in the editor of the person at the terminal.</summary>
internal static class EditVerb
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var id = DlqCommand.Id();
        var file = new Option<string>("--file") { Description = "JSON with the members to change (null removes one); - for the standard input. Default: the editor ($VISUAL, $EDITOR) with all of it." };
        var whole = new Option<bool>("--replace") { Description = "The file holds the whole payload." };
        var replay = new Option<bool>("--replay") { Description = "Replay it when it is edited." };
        var reason = DlqCommand.Reason();
        var command = new Command("edit", "Changes the payload of a dead letter. The old one is kept in the audit.") { id, file, whole, replay, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var path = $"{DlqCommand.Path}/{session.Arguments.GetValue(id)}";
            var body = session.Arguments.GetValue(file) is { } from
                ? Body(await ReadAsync(from, cancellationToken), session.Arguments.GetValue(whole))
                : await InEditorAsync(session, path, cancellationToken);
            if (body is null)
            {
                Session.Note("Nothing was changed.");
                return ExitCode.Done;
            }

            body["reason"] = session.Arguments.GetValue(reason);
            var edited = await session.PatchAsync(path, body, cancellationToken);
            return session.Arguments.GetValue(replay) ? await ReplayVerb.OneAsync(session, path, [], cancellationToken) : Say(session, edited);
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

    private static async Task<JsonObject?> InEditorAsync(Session session, string path, CancellationToken cancellationToken)
    {
        if (Surroundings.Editor is not { } editor || Console.IsInputRedirected)
        {
            throw new UsageException("There is no editor ($VISUAL, $EDITOR): say --file with the members to change.");
        }

        var letter = await session.GetAsync(path, cancellationToken);
        var before = JsonNode.Parse(letter.GetProperty("original_payload").GetRawText())!.ToJsonString(Pretty);
        var draft = Path.Combine(Path.GetTempPath(), $"dead-letter-{letter.GetProperty("id")}-{Environment.ProcessId}.json");
        try
        {
            await File.WriteAllTextAsync(draft, before, cancellationToken);
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{editor} \"$1\"", "sh", draft])) ?? throw new IOException($"{editor} could not be started.");
            await process.WaitForExitAsync(cancellationToken);
            var after = await File.ReadAllTextAsync(draft, cancellationToken);
            return after.Trim() == before.Trim() ? null : Body(after, whole: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static JsonObject Body(string text, bool whole)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject payload)
            {
                return new JsonObject { ["original_payload"] = payload, ["replace"] = whole };
            }
        }
        catch (JsonException fault)
        {
            throw new UsageException($"The payload is not JSON: {fault.Message}");
        }

        throw new UsageException("The payload must be a JSON object.");
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken) =>
        file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);
}
