using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq purge</c></summary>
internal static class PurgeVerb
{
    public static Command Create()
    {
        var days = new Option<int>("--older-than-days") { Description = "Those that were dead-lettered so many days ago or earlier; 0 to 3650.", Required = true };
        var status = new Option<string>("--status") { Description = "Only in this state. Default: recovered, discarded and failed ones." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var reason = DlqCommand.Reason();
        var command = new Command("purge", "Deletes dead letters for good.") { days, status, yes, reason };
        command.Does(async (session, cancellationToken) =>
        {
            if (!session.IsAgreed(session.Arguments.GetValue(yes), "These dead letters will be deleted for good."))
            {
                return ExitCode.NotAll;
            }

            var body = new JsonObject { ["older_than_days"] = session.Arguments.GetValue(days), ["reason"] = session.Arguments.GetValue(reason) };
            if (session.Arguments.GetValue(status) is { } only)
            {
                body["status"] = only;
            }

            var purged = await session.WithProgressAsync("The server is at it ...", () => session.PostAsync($"{DlqCommand.Path}/purge", body, cancellationToken));
            if (session.AsJson)
            {
                Session.WriteJson(purged);
            }
            else
            {
                Console.WriteLine($"{purged.GetProperty("purged")} purged; {purged.GetProperty("rows_discarded")} rows among them had not been recovered.");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
