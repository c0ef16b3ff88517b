using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags get</c></summary>
internal static class GetVerb
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true };

    private static readonly string[] ShownApart = ["layers", "rule", "rollout"];

    public static Command Create()
    {
        var name = FlagsCommand.Name();
        var command = new Command("get", "Shows one flag: its value, what each layer says, and its rule.") { name };
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync(FlagsCommand.PathOf(session.Arguments.GetRequiredValue(name)), cancellationToken), (_, flag) => Show(flag));
            return ExitCode.Done;
        });
        return command;
    }

    public static void Show(JsonElement flag)
    {
        foreach (var member in flag.EnumerateObject().Where(member => !ShownApart.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Null))
        {
            Console.WriteLine($"{member.Name,-16} {Shown.Printable(member.Value.ToString())}");
        }

        foreach (var layer in flag.GetProperty("layers").EnumerateArray())
        {
            Console.WriteLine($"{"layer",-16} {layer.GetProperty("origin").GetString(),-12} {Shown.Printable(layer.GetProperty("value").ToString())}");
        }

        foreach (var part in ShownApart[1..])
        {
            if (flag.TryGetProperty(part, out var json))
            {
                Console.WriteLine($"{part}: {JsonNode.Parse(json.GetRawText())!.ToJsonString(Pretty)}");
            }
        }
    }
}
