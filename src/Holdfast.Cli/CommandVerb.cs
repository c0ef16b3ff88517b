using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast command</c></summary>
internal static class CommandVerb
{
    private static readonly Argument<string> Name = new("name") { Description = "The command; 'help' lists those that there are." };
    private static readonly Argument<string[]> Arguments = new("arguments") { Description = "Its arguments.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create()
    {
        var command = new Command("command", "Has the server execute a command, and prints its answer: uptime, health, debug, retry stats, ...") { Name, Arguments };
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["command"] = session.Arguments.GetRequiredValue(Name),
            ["arguments"] = new JsonArray([.. (session.Arguments.GetValue(Arguments) ?? []).Select(argument => (JsonNode)argument)]),
        };
        var answer = await session.PostAsync("api/commands", body, cancellationToken);
        if (session.AsJson)
        {
            Session.WriteJson(answer);
        }
        else
        {
            session.Out.WriteLine(answer.GetProperty("text").GetString()!);
        }

        return ExitCode.Done;
    }
}
