using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags explain</c></summary>
internal static class ExplainVerb
{
    public static Command Create()
    {
        var name = FlagsCommand.Name();
        var key = new Option<string?>("--key") { Description = "Targeting key: who it is." };
        var attributes = new Option<string[]>("--with") { Description = "Attribute of the context: plan=pro. Repeatable.", AllowMultipleArgumentsPerToken = true };
        var command = new Command("explain", "Says what a flag is for somebody, and why.") { name, key, attributes };
        command.Does(async (session, cancellationToken) =>
        {
            var context = ContextOf(session.Arguments.GetValue(key), session.Arguments.GetValue(attributes) ?? []);
            var path = $"{FlagsCommand.PathOf(session.Arguments.GetRequiredValue(name))}/explain";
            Shown.Answer(session, await session.PostAsync(path, new JsonObject { ["context"] = context }, cancellationToken), (_, answer) => Show(answer));
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonObject ContextOf(string? key, string[] attributes)
    {
        var context = new JsonObject();
        if (key is not null)
        {
            context["targetingKey"] = key;
        }

        foreach (var attribute in attributes)
        {
            var (name, value) = attribute.Split('=', 2) is [var left, var right] ? (left, right) : throw new UsageException($"'{attribute}' is no attribute. One looks like plan=pro.");
            context[name] = Parse(value);
        }

        return context;
    }

    private static JsonNode? Parse(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return value;
        }
    }

    private static void Show(JsonElement answer)
    {
        Console.WriteLine($"{answer.GetProperty("name").GetString()} is {Shown.Short(answer.GetProperty("value").ToString())} ({answer.GetProperty("reason").GetString()}, {answer.GetProperty("origin").GetString()})");
        foreach (var line in answer.GetProperty("trace").EnumerateArray())
        {
            Console.WriteLine($"  {Shown.Printable(line.GetString()!)}");
        }
    }
}
