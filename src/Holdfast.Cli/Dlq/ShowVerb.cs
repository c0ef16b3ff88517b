using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq show</c></summary>
internal static class ShowVerb
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true };

    public static Command Create()
    {
        var id = DlqCommand.Id();
        var command = new Command("show", "Shows one dead letter with all that is known of it.") { id };
        command.Does(async (session, cancellationToken) =>
        {
            var letter = await session.GetAsync($"{DlqCommand.Path}/{session.Arguments.GetValue(id)}", cancellationToken);
            if (session.AsJson)
            {
                Session.WriteJson(letter);
            }
            else
            {
                Show(letter);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(JsonElement letter)
    {
        foreach (var member in letter.EnumerateObject().Where(member => member.Name is not ("original_payload" or "payload_bytes") && member.Value.ValueKind != JsonValueKind.Null))
        {
            Console.WriteLine($"{member.Name,-16} {member.Value}");
        }

        Console.WriteLine();
        Console.WriteLine(JsonNode.Parse(letter.GetProperty("original_payload").GetRawText())!.ToJsonString(Pretty));
    }
}
