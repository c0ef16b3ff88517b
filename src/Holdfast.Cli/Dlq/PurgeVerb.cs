using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq purge</c></summary>
internal static class PurgeVerb
{
    private static readonly Option<int> Days = new("--older-than-days") { Description = "Those that were dead-lettered so many days ago or earlier; 0 to 3650.", Required = true };
    private static readonly Option<string> Status = new("--status") { Description = "Only in this state. Default: recovered, discarded and failed ones." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only count." };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask." };
    private static readonly Option<string> Reason = DlqCommand.Reason();

    public static Command Create()
    {
        var command = new Command("purge", "Deletes dead letters for good.") { Days, Status, DryRun, Yes, Reason };
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        if (session.Arguments.GetValue(DryRun))
        {
            return Say(session, await PostAsync(session, dryRun: true, cancellationToken), counted => $"{Counted(counted)} would be deleted.");
        }

        if (!session.Arguments.GetValue(Yes))
        {
            var counted = await PostAsync(session, dryRun: true, cancellationToken);
            if (!await session.IsAgreedAsync(said: false, $"{Counted(counted)} will be deleted for good.", cancellationToken))
            {
                return ExitCode.NotAll;
            }
        }

        return Say(
            session, await PostAsync(session, dryRun: false, cancellationToken),
            purged => $"{purged.GetProperty("purged")} purged; {purged.GetProperty("rows_discarded")} rows among them had not been recovered.");
    }

    private static int Say(Session session, JsonElement answer, Func<JsonElement, string> words)
    {
        if (session.AsJson)
        {
            Session.WriteJson(answer);
        }
        else
        {
            Console.WriteLine(words(answer));
        }

        return ExitCode.Done;
    }

    /// <summary>How many, in which states, and what would be given up with them.</summary>
    private static string Counted(JsonElement counted)
    {
        var states = counted.GetProperty("by_status").EnumerateObject().Where(state => state.Value.GetInt64() > 0).Select(state => $"{state.Value} {state.Name}").ToList();
        var which = states.Count == 0 ? "" : $" ({string.Join(", ", states)})";
        var owed = counted.GetProperty("rows_owed").GetInt64();
        return $"{counted.GetProperty("matched")} dead letters{which}{(owed == 0 ? "" : $", with {owed} rows that were never stored,")}";
    }

    private static Task<JsonElement> PostAsync(Session session, bool dryRun, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["older_than_days"] = session.Arguments.GetValue(Days), ["dry_run"] = dryRun, ["reason"] = session.Arguments.GetValue(Reason) };
        if (session.Arguments.GetValue(Status) is { } only)
        {
            body["status"] = only;
        }

        return session.WorkAsync($"{DlqCommand.Path}/purge", body, cancellationToken);
    }
}
