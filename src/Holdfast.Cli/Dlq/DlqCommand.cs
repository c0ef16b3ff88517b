using System.CommandLine;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq</c>: the dead letters.</summary>
internal static class DlqCommand
{
    public const string Path = "api/dead-letters";

    public static Argument<long> Id() => new("id") { Description = "Number of the dead letter." };

    public static Option<string> Reason() => new("--reason") { Description = "Why; kept in the audit." };

    public static Command Create() => new("dlq", "Dead letters: rows that the store refused.")
    {
        ListVerb.Create(),
        ShowVerb.Create(),
        EditVerb.Create(),
        ReplayVerb.Create(),
        DiscardVerb.Create(),
        ExportVerb.Create(),
        PurgeVerb.Create(),
    };
}
