using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags set</c></summary>
internal static class SetVerb
{
    private const string StandardInput = "-";

    public static Command Create()
    {
        var name = FlagsCommand.Name();
        var value = new Argument<string?>("value") { Description = "true, 5, 0.5, a text, or JSON.", Arity = ArgumentArity.ZeroOrOne };
        var rule = new Option<string?>("--rule") { Description = "A file with a rule in JSON instead of a value; - is the standard input." };
        var text = new Option<bool>("--text") { Description = "The value is a text, whatever it looks like." };
        var reason = FlagsCommand.Reason();
        var ifVersion = FlagsCommand.IfVersion();
        var command = new Command("set", "Sets a flag for all nodes, to a value for everybody or to a rule; a name of your own makes a flag.") { name, value, rule, text, reason, ifVersion };
        command.Does(async (session, cancellationToken) =>
        {
            var arguments = session.Arguments;
            var body = FlagsCommand.BodyOf(arguments.GetValue(reason));
            switch (arguments.GetValue(value), arguments.GetValue(rule))
            {
                case ({ } given, null):
                    body["value"] = arguments.GetValue(text) ? given : Parse(given);
                    break;
                case (null, { } file):
                    body["rule"] = await ReadRuleAsync(file, cancellationToken);
                    break;
                default:
                    throw new UsageException("Either a value or --rule is wanted.");
            }

            var flag = await session.PutAsync(FlagsCommand.PathOf(arguments.GetRequiredValue(name)), body, FlagsCommand.TagOf(arguments.GetValue(ifVersion)), cancellationToken);
            Shown.Answer(session, flag, (_, _) => Console.WriteLine($"{arguments.GetRequiredValue(name)} is {Shown.Short(flag.GetProperty("value").ToString())} (version {flag.GetProperty("version")})."));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What is no JSON is a text: nobody wants to write "\"realtime\"" in a shell.</summary>
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

    private static async Task<JsonNode?> ReadRuleAsync(string file, CancellationToken cancellationToken)
    {
        var text = file == StandardInput ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new UsageException($"The rule is no JSON: {fault.Message}");
        }
    }
}
