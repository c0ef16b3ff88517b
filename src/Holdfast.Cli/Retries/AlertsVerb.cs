using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries alerts</c>: exits with 1 when there are any.</summary>
internal static class AlertsVerb
{
    public static Command Create()
    {
        var command = new Command("alerts", "What of the queue needs attention. Exits with 1 when there is something.");
        command.Does(async (session, cancellationToken) =>
        {
            var alerts = await session.GetAsync($"{RetriesCommand.Path}/alerts", cancellationToken);
            Shown.Answer(session, alerts, Show);
            return alerts.GetProperty("items").GetArrayLength() == 0 ? ExitCode.Done : ExitCode.NotAll;
        });
        return command;
    }

    private static void Show(Session session, JsonElement alerts)
    {
        var table = new Table().AddColumns("since", "alert", "retry", "detail");
        foreach (var alert in alerts.GetProperty("items").EnumerateArray())
        {
            table.AddRow(
                new Text(Shown.Instant(alert.GetProperty("since"))),
                new Text(alert.GetProperty("alert_reason").GetString()!),
                new Text(alert.GetProperty("id").GetString() ?? ""),
                new Text(Detail(alert)));
        }

        session.Out.Write(table);
        Shown.Age(alerts);
    }

    // Without a retry that could be shown it is all that is known, and says what to do.
    private static string Detail(JsonElement alert) => alert.GetProperty("detail").GetString() is { } detail && alert.GetProperty("id").ValueKind == JsonValueKind.Null
        ? Shown.Printable(detail)
        : Shown.Short(alert.GetProperty("detail").GetString());
}
