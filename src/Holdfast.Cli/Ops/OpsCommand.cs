using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli.Ops;

/// <summary><c>holdfast ops</c>: operations over many items.</summary>
internal static class OpsCommand
{
    public const string Path = "api/operations";

    public static Command Create() => new("ops", "Durable operations over many retries or dead letters.")
    {
        BeginVerb.Create(),
        List(),
        Show(),
        WatchVerb.Create(),
        Change("pause", "Takes no further items until it is resumed."),
        Change("resume", "Lets an operation go on that was paused or that stopped by itself."),
        Change("cancel", "Ends an operation; what it has done stays done."),
    };

    public static Argument<Guid> Id() => new("id") { Description = "Id of the operation." };

    public static string Line(JsonElement operation) =>
        $"{operation.GetProperty("kind").GetString()} {operation.GetProperty("over").GetString()}: {operation.GetProperty("state").GetString()}, "
        + $"{operation.GetProperty("taken")} of {(operation.GetProperty("matched").ValueKind == JsonValueKind.Null ? "?" : operation.GetProperty("matched").ToString())} taken, "
        + $"{operation.GetProperty("succeeded")} succeeded, {operation.GetProperty("failed")} failed, {operation.GetProperty("skipped")} skipped"
        + (operation.GetProperty("because").GetString() is { } because ? $". {Shown.Printable(because)}" : "");

    private static Command List()
    {
        var command = new Command("list", "Lists operations, the newest first.");
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync(Path, cancellationToken), (to, answer) =>
            {
                var table = new Table().AddColumns("id", "begun", "operation");
                foreach (var operation in answer.GetProperty("items").EnumerateArray())
                {
                    table.AddRow(new Text(operation.GetProperty("id").GetString()!), new Text(Shown.Instant(operation.GetProperty("created_at"))), new Text(Line(operation)));
                }

                to.Out.Write(table);
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var id = Id();
        var command = new Command("show", "Shows how far an operation is.") { id };
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync($"{Path}/{session.Arguments.GetValue(id)}", cancellationToken), (_, operation) => Console.WriteLine(Line(operation)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Change(string verb, string description)
    {
        var id = Id();
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit." };
        var command = new Command(verb, description) { id, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var body = session.Arguments.GetValue(reason) is { } why ? new JsonObject { ["reason"] = why } : [];
            Shown.Answer(session, await session.PostAsync($"{Path}/{session.Arguments.GetValue(id)}/{verb}", body, cancellationToken), (_, operation) => Console.WriteLine(Line(operation)));
            return ExitCode.Done;
        });
        return command;
    }
}
