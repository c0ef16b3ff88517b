using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli.Breakers;

/// <summary><c>holdfast breakers</c>: the circuit breakers, and what an operator can do to them.</summary>
internal static class BreakersCommand
{
    private const string Path = "api/breakers";

    public static Command Create() => new("breakers", "The circuit breakers of the server: what they are, and moving them by hand. Every move is audited.")
    {
        List(),
        Move("reset", "Closes a breaker, whatever its state: the next call is let through."),
        Move("isolate", "Lets nothing through until it is reset."),
        Trip(),
    };

    private static Command List()
    {
        var command = new Command("list", "All breakers. Exits with 1 when one is not closed.");
        command.Does(async (session, cancellationToken) =>
        {
            var answer = await session.GetAsync(Path, cancellationToken);
            Shown.Answer(session, answer, Show);
            return answer.GetProperty("items").EnumerateArray().All(IsClosed) ? ExitCode.Done : ExitCode.NotAll;
        });
        return command;
    }

    private static Command Move(string verb, string description)
    {
        var (name, reason) = (Name(), Reason());
        var command = new Command(verb, description) { name, reason };
        command.Does((session, cancellationToken) => PostAsync(session, session.Arguments.GetRequiredValue(name), verb, Body(session, reason), cancellationToken));
        return command;
    }

    private static Command Trip()
    {
        var (name, reason) = (Name(), Reason());
        var seconds = new Option<double>("--seconds") { Description = "How long it stays open.", Required = true };
        var command = new Command("trip", "Opens a breaker for a while; then it is probed, as after any break.") { name, seconds, reason };
        command.Does((session, cancellationToken) =>
        {
            var body = Body(session, reason);
            body["duration_seconds"] = session.Arguments.GetValue(seconds);
            return PostAsync(session, session.Arguments.GetRequiredValue(name), "trip", body, cancellationToken);
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "The breaker: database." };

    private static Option<string?> Reason() => new("--reason") { Description = "Why; kept in the audit." };

    private static JsonObject Body(Session session, Option<string?> reason) => session.Arguments.GetValue(reason) is { } why ? new JsonObject { ["reason"] = why } : [];

    private static async Task<int> PostAsync(Session session, string name, string verb, JsonObject body, CancellationToken cancellationToken)
    {
        var breaker = await session.PostAsync($"{Path}/{Uri.EscapeDataString(name)}/{verb}", body, cancellationToken);
        Shown.Answer(session, breaker, (_, now) => Console.WriteLine($"{name} is {now.GetProperty("state").GetString()}."));
        return ExitCode.Done;
    }

    private static bool IsClosed(JsonElement breaker) => breaker.GetProperty("state").GetString() == "closed";

    private static void Show(Session session, JsonElement answer)
    {
        var table = new Table().AddColumns("breaker", "state", "failures in a row", "opened", "next attempt", "last failure");
        foreach (var breaker in answer.GetProperty("items").EnumerateArray())
        {
            table.AddRow([.. Cells(breaker).Select(cell => new Text(cell))]);
        }

        session.Out.Write(table);
    }

    private static string[] Cells(JsonElement breaker) =>
    [
        breaker.GetProperty("name").GetString()!,
        breaker.GetProperty("state").GetString()!,
        breaker.GetProperty("failures_in_a_row").GetInt32().ToString(CultureInfo.InvariantCulture),
        Shown.Instant(breaker.GetProperty("opened_at")),
        Shown.Instant(breaker.GetProperty("next_attempt_at")),
        breaker.GetProperty("last_failure") is { ValueKind: JsonValueKind.String } failure ? Shown.Short(failure.GetString()) : "",
    ];
}
