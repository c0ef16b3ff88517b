using System.CommandLine;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq discard</c></summary>
internal static class DiscardVerb
{
    public static Command Create()
    {
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("discard", "Gives dead letters up: they are kept until they are purged, and count as discarded.") { yes };
        var bulk = new Bulk().AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            bulk.Check(session);
            if (!bulk.IsDryRun(session) && !await session.IsAgreedAsync(session.Arguments.GetValue(yes), "These dead letters will not be tried again.", cancellationToken))
            {
                return ExitCode.NotAll;
            }

            return bulk.Ids(session).Count > 0 ? await ByNumberAsync(session, bulk, cancellationToken) : await MatchingAsync(session, bulk, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ByNumberAsync(Session session, Bulk bulk, CancellationToken cancellationToken)
    {
        foreach (var id in bulk.Ids(session))
        {
            var letter = await session.PostAsync($"{DlqCommand.Path}/{id}/discard", bulk.ReasonBody(session), cancellationToken);
            if (session.AsJson)
            {
                Session.WriteJson(letter);
            }
            else
            {
                Console.WriteLine($"{id}: discarded.");
            }
        }

        return ExitCode.Done;
    }

    private static async Task<int> MatchingAsync(Session session, Bulk bulk, CancellationToken cancellationToken)
    {
        var result = await bulk.RunAsync(session, "discard", cancellationToken);
        var (matched, discarded) = (result.GetProperty("matched").GetInt64(), result.GetProperty("discarded").GetInt64());
        if (session.AsJson)
        {
            Session.WriteJson(result);
        }
        else
        {
            Console.WriteLine(bulk.IsDryRun(session) ? $"{matched} would be discarded." : $"{discarded} of {matched} discarded.");
        }

        return bulk.IsDryRun(session) || discarded == matched ? ExitCode.Done : ExitCode.NotAll;
    }
}
