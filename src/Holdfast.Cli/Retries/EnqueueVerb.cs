using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries enqueue</c></summary>
internal static class EnqueueVerb
{
    public static Command Create()
    {
        var file = new Option<string>("--file") { Description = "JSON: an operation, or a list of them; - for the standard input.", Required = true };
        var command = new Command("enqueue", "Hands in operations to be executed again. All are taken, or none.") { file };
        command.Does(async (session, cancellationToken) =>
        {
            var answer = await session.PostAsync(RetriesCommand.Path, Parse(await TextFile.ReadAsync(session.Arguments.GetRequiredValue(file), cancellationToken)), cancellationToken);
            Shown.Answer(session, answer, (_, taken) =>
            {
                foreach (var item in taken.GetProperty("items").EnumerateArray())
                {
                    Console.WriteLine($"{item.GetProperty("id").GetString()} {item.GetProperty("status").GetString()}");
                }
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonNode Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) ?? throw new UsageException("The file holds null and no operation.");
        }
        catch (JsonException fault)
        {
            throw new UsageException($"The file is not JSON: {fault.Message}");
        }
    }
}
