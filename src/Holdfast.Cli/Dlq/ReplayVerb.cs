using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq replay</c></summary>
internal static class ReplayVerb
{
    public static Command Create()
    {
        var command = new Command("replay", "Tries to store dead letters now. Exits with 1 when not all of them could be.");
        var bulk = new Bulk().AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            bulk.Check(session);
            var ids = bulk.Ids(session);
            return ids.Count > 0 ? await ByNumberAsync(session, ids, bulk, cancellationToken) : Say(session, bulk.IsDryRun(session), await bulk.RunAsync(session, "replay", cancellationToken));
        });
        return command;
    }

    /// <summary>Replays one letter and says what came of it.</summary>
    public static async Task<int> OneAsync(Session session, string path, JsonObject body, CancellationToken cancellationToken)
    {
        var answer = await session.WorkAsync($"{path}/replay", body, cancellationToken);
        var (id, outcome) = (answer.GetProperty("letter").GetProperty("id"), answer.GetProperty("outcome").GetString());
        if (session.AsJson)
        {
            Session.WriteJson(answer);
        }
        else
        {
            Console.WriteLine(outcome == "recovered" ? $"{id}: recovered." : $"{id}: {outcome}: {answer.GetProperty("refusal").GetString()} 'holdfast dlq edit {id}' changes it.");
        }

        return outcome == "recovered" ? ExitCode.Done : ExitCode.NotAll;
    }

    private static async Task<int> ByNumberAsync(Session session, IReadOnlyList<long> ids, Bulk bulk, CancellationToken cancellationToken)
    {
        var worst = ExitCode.Done;
        foreach (var id in ids)
        {
            worst = Math.Max(worst, await OneAsync(session, $"{DlqCommand.Path}/{id}", bulk.ReasonBody(session), cancellationToken));
        }

        return worst;
    }

    private static int Say(Session session, bool dryRun, JsonElement result)
    {
        var (matched, recovered) = (result.GetProperty("matched").GetInt64(), result.GetProperty("recovered").GetInt64());
        if (session.AsJson)
        {
            Session.WriteJson(result);
        }
        else if (dryRun)
        {
            Console.WriteLine($"{matched} would be replayed.");
        }
        else
        {
            Console.WriteLine($"{recovered} of {matched} recovered, {result.GetProperty("refused")} refused again, {result.GetProperty("failed")} failed, {result.GetProperty("skipped")} skipped.");
        }

        return dryRun || recovered == matched ? ExitCode.Done : ExitCode.NotAll;
    }
}
