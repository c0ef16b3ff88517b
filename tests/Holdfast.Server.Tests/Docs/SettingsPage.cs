using System.Globalization;
using System.Text;
using Holdfast.Flags;

namespace Holdfast.Server.Tests.Docs;

/// <summary>docs/reference/settings.md, from the schema.</summary>
internal static class SettingsPage
{
    private const string Head =
        """
        # Settings

        Made from the schema of the server, and compared with it by a test. A value comes from the strongest layer that has one: `flags.override.json`, the environment
        (then `.env`), what was set at run time, `holdfast.json`, the default. `GET /flags/status` and `holdfast flags list` show each value with its origin.

        *Start*: read once, when the process starts, and never set at run time. *Running*: a change takes effect while the server runs; those for clients are
        told to pages and OFREP clients, and may have rules. *Secret*: shown as `***`, and never set at run time. *Guarded*: at run time administrators alone may change it.


        """;

    public static string Of(FlagSchema schema)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        page.Append("| setting | type | default | | meaning |\n|---|---|---|---|---|\n");
        foreach (var flag in schema.GetAll())
        {
            page.Append(CultureInfo.InvariantCulture, $"| {Names(flag)} | {Type(flag)} | {Default(flag)} | {string.Join(", ", Marks(flag))} | {flag.Description.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        return page.ToString();
    }

    private static string Names(FlagDefinition flag) =>
        flag.EnvironmentName == flag.Name ? $"`{flag.Name}`" : $"`{flag.Name}`, in the environment `{flag.EnvironmentName}`";

    private static string Type(FlagDefinition flag) => flag.Choices.Count > 0 ? string.Join(", ", flag.Choices.Select(choice => $"`{choice}`")) : flag.Type.ToString().ToLowerInvariant();

    private static string Default(FlagDefinition flag) => (flag.Name, flag.Default) switch
    {
        (FlagNames.Node, _) => "the machine's name",
        (_, true) => "`true`",
        (_, false) => "`false`",
        (_, "") => "empty",
        (_, var value) => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("|", "\\|", StringComparison.Ordinal)}`",
    };

    private static IEnumerable<string> Marks(FlagDefinition flag)
    {
        yield return flag.Apply == FlagApply.Immediate ? "running" : "start";
        if (flag.Secret)
        {
            yield return "secret";
        }

        if (flag.Guards)
        {
            yield return "guarded";
        }

        if (flag.ForClients)
        {
            yield return "for clients";
        }
    }
}
