using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Keys;

/// <summary><c>holdfast keys revoke</c></summary>
internal static class RevokeVerb
{
    private static readonly Argument<string> Id = new("id") { Description = "Id of the key: the 16 digits after hf_." };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why; kept in the audit." };

    public static Command Create()
    {
        var command = new Command("revoke", "Ends a key, at once and for good; connections that it has are broken off.") { Id, Reason };
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var body = session.Arguments.GetValue(Reason) is { } reason ? new JsonObject { ["reason"] = reason } : [];
        var key = await session.PostAsync($"{KeysCommand.Path}/{Uri.EscapeDataString(session.Arguments.GetRequiredValue(Id))}/revoke", body, cancellationToken);
        if (session.AsJson)
        {
            Session.WriteJson(key);
        }
        else
        {
            Console.Out.WriteLine($"{Shown.Printable(key.GetProperty("name").GetString()!)}: revoked at {Shown.Instant(key.GetProperty("revoked_at"))}.");
        }

        return ExitCode.Done;
    }
}
