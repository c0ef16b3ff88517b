using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries requeue</c>, <c>cancel</c> and <c>dead-letter</c>: by id. For all that match there is <c>holdfast ops begin</c>.</summary>
internal static class ChangeVerb
{
    public static Command Create(string verb, string description, string done)
    {
        var ids = new Argument<Guid[]>("id") { Description = "Ids of retries.", Arity = ArgumentArity.OneOrMore };
        var reason = RetriesCommand.Reason();
        var command = new Command(verb, $"{description} Many at once: 'holdfast ops begin'.") { ids, reason };
        command.Does(async (session, cancellationToken) =>
        {
            foreach (var id in session.Arguments.GetRequiredValue(ids))
            {
                var body = session.Arguments.GetValue(reason) is { } why ? new JsonObject { ["reason"] = why } : [];
                var item = await session.PostAsync($"{RetriesCommand.Path}/{id}/{verb}", body, cancellationToken);
                Shown.Answer(session, item, (_, _) => Console.WriteLine($"{id} {done}."));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
