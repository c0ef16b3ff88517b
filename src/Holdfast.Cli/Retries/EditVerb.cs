using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries edit</c></summary>
internal static class EditVerb
{
    public static Command Create()
    {
        var id = new Argument<Guid>("id") { Description = "Id of the retry." };
        var file = new Option<string>("--file") { Description = "JSON with the whole payload; - for the standard input.", Required = true };
        var version = new Option<int?>("--if-version") { Description = "Only if it is still this version, as 'retries show' tells it." };
        var reason = RetriesCommand.Reason();
        var command = new Command("edit", "Puts another payload in the place of a retry's. The old one is kept in the audit.") { id, file, version, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var text = await TextFile.ReadAsync(session.Arguments.GetRequiredValue(file), cancellationToken);
            var body = new JsonObject { ["payload"] = Parse(text), ["reason"] = session.Arguments.GetValue(reason) };
            var ifMatch = session.Arguments.GetValue(version) is { } seen ? $"\"{seen}\"" : null;
            var item = await session.PatchAsync($"{RetriesCommand.Path}/{session.Arguments.GetValue(id)}", body, ifMatch, cancellationToken);
            Shown.Answer(session, item, (_, edited) => Console.WriteLine($"{edited.GetProperty("id").GetString()} is edited and has version {edited.GetProperty("version")}."));
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new UsageException($"The payload is not JSON: {fault.Message}");
        }
    }
}
