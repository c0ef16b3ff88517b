using System.CommandLine;

namespace Holdfast.Cli.Retries;

/// <summary><c>holdfast retries</c>: the queue of failed operations.</summary>
internal static class RetriesCommand
{
    public const string Path = "api/retries";

    public static Option<string> Reason() => new("--reason") { Description = "Why; kept in the audit." };

    public static Command Create() => new("retries", "Failed operations that are executed again.")
    {
        ListVerb.Create(),
        ShowVerb.Create(),
        EnqueueVerb.Create(),
        ChangeVerb.Create("requeue", "Puts retries that are dead-lettered, failed or cancelled back into the queue, with all their attempts again.", "is in the queue"),
        ChangeVerb.Create("cancel", "Gives retries up.", "is cancelled"),
        ChangeVerb.Create("dead-letter", "Takes retries out of the queue until somebody puts them back.", "is out of the queue"),
        EditVerb.Create(),
        StatsVerb.Create(),
        AlertsVerb.Create(),
    };
}
