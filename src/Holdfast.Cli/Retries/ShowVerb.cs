using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries show</c></summary>
internal static class ShowVerb
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true };

    private static readonly string[] ShownApart = ["payload", "original_event", "history", "held_by", "tags"];

    public static Command Create()
    {
        var id = new Argument<Guid>("id") { Description = "Id of the retry." };
        var command = new Command("show", "Shows one retry with all that happened to it.") { id };
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync($"{RetriesCommand.Path}/{session.Arguments.GetValue(id)}", cancellationToken), (_, item) => Show(item));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(JsonElement item)
    {
        foreach (var member in item.EnumerateObject().Where(member => !ShownApart.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Null))
        {
            Console.WriteLine($"{member.Name,-16} {Shown.Printable(member.Value.ToString())}");
        }

        Console.WriteLine();
        foreach (var entry in item.GetProperty("history").EnumerateArray())
        {
            Console.WriteLine($"{Shown.Instant(entry.GetProperty("at"))}  {entry.GetProperty("event").GetString(),-14} attempt {entry.GetProperty("attempt")}  {Shown.Short(entry.GetProperty("message").GetString())}");
        }

        Console.WriteLine();
        Console.WriteLine(JsonNode.Parse(item.GetProperty("payload").GetRawText())?.ToJsonString(Pretty) ?? "null");
    }
}
