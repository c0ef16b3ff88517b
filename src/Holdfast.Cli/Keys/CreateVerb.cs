using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Keys;

/// <summary><c>holdfast keys create</c></summary>
internal static class CreateVerb
{
    private static readonly Option<string> Name = new("--name") { Description = "Whose it is: stands in the audit.", Required = true };
    private static readonly Option<string> Role = new("--role") { Description = "What it may do.", Required = true };
    private static readonly Option<double?> Days = new("--expires-days") { Description = "After how many days it ends. Default: never." };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why; kept in the audit." };

    static CreateVerb() => Role.AcceptOnlyFromAmong("ingest", "viewer", "operator", "admin");

    public static Command Create()
    {
        var command = new Command("create", "Makes a key, and prints it, this once, alone on the standard output.") { Name, Role, Days, Reason };
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["name"] = session.Arguments.GetRequiredValue(Name), ["role"] = session.Arguments.GetRequiredValue(Role) };
        if (session.Arguments.GetValue(Days) is { } days)
        {
            body["expires_in_days"] = days;
        }

        if (session.Arguments.GetValue(Reason) is { } reason)
        {
            body["reason"] = reason;
        }

        var made = await session.PostAsync(KeysCommand.Path, body, cancellationToken);
        if (session.AsJson)
        {
            Session.WriteJson(made);
            return ExitCode.Done;
        }

        Session.Note($"The key of {made.GetProperty("name").GetString()} ({made.GetProperty("role").GetString()}); it is not shown again:");
        Console.Out.WriteLine(made.GetProperty("key").GetString());
        return ExitCode.Done;
    }
}
