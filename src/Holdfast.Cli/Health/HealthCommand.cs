using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Health;

/// <summary><c>holdfast health</c>: what the server found when it checked itself, and what it did about it.</summary>
internal static class HealthCommand
{
    public const string Path = "api/health";

    public static Command Create()
    {
        var command = new Command("health", "What the server's own checks say. Exits with 0 (pass), 1 (warn, or nothing known yet) or 2 (fail).") { HistoryVerb.Create() };
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var health = await session.GetAsync(Path, cancellationToken);
        Shown.Answer(session, health, Show);
        return health.GetProperty("state").GetString() switch
        {
            "pass" => ExitCode.Done,
            "fail" => ExitCode.Refused,
            _ => ExitCode.NotAll,
        };
    }

    private static void Show(Session session, JsonElement health)
    {
        Console.Out.WriteLine($"{health.GetProperty("state").GetString()}, {health.GetProperty("score")} of 100, since {Shown.Instant(health.GetProperty("since"))}");
        var table = new Table().AddColumns("check", "state", "since", "what it found");
        foreach (var check in health.GetProperty("checks").EnumerateArray())
        {
            table.AddRow(
                new Text(check.GetProperty("name").GetString()!),
                new Text(check.GetProperty("enabled").GetBoolean() ? check.GetProperty("state").GetString()! : "left out"),
                new Text(Shown.Instant(check.GetProperty("since"))),
                new Text(Shown.Short(check.GetProperty("detail").GetString())));
        }

        session.Out.Write(table);
        ShowObjectives(health, "uptime", "up");
        ShowObjectives(health, "errors", "errors");
    }

    private static void ShowObjectives(JsonElement health, string name, string label)
    {
        var windows = health.GetProperty(name).EnumerateArray().Select(window =>
            $"{window.GetProperty("window").GetString()} {Percent(window.GetProperty("value"))} (of {Percent(window.GetProperty("target"))})");
        Console.Out.WriteLine($"{label}: {string.Join(", ", windows)}");
    }

    private static string Percent(JsonElement share) => share.ValueKind == JsonValueKind.Null ? "-" : (share.GetDouble() * 100).ToString("0.###' %'", CultureInfo.InvariantCulture);
}
