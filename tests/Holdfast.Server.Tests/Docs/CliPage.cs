using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Holdfast.Server.Tests.Docs;

/// <summary>docs/reference/cli.md, from the tool's own verbs.</summary>
internal static class CliPage
{
    private const string Head =
        """
        # `holdfast`

        Made from the tool's verbs, and compared with them by a test; `holdfast <verb> --help` says the same. Every verb takes `--url` (or `HOLDFAST_URL`; default
        `http://127.0.0.1:8080`), `--key-file` (or `HOLDFAST_KEY`), `--timeout` (seconds that an answer may take: 30, and 900 for what the server does with many dead
        letters), and `--json`. What its ends mean: [exit codes](exit-codes.md). The schema of PostgreSQL as SQL
        is written by the server's own program: `./run migrate --script`.


        """;

    public static string Of(RootCommand root)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var verb in root.Subcommands)
        {
            Append(page, verb, "holdfast");
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private static void Append(StringBuilder page, Command verb, string parent)
    {
        var name = string.Join(' ', [$"{parent} {verb.Name}", .. verb.Arguments.Select(argument => $"<{argument.Name}>")]);
        page.Append(CultureInfo.InvariantCulture, $"## `{name}`\n\n{verb.Description}\n\n");
        if (verb.Arguments.Count + verb.Options.Count > 0)
        {
            page.Append("| | |\n|---|---|\n");
            foreach (var line in verb.Arguments.Select(argument => Line(argument.Name, argument.Description)).Concat(verb.Options.Select(option => Line(option.Name, option.Description))))
            {
                page.Append(line);
            }

            page.Append('\n');
        }

        foreach (var inner in verb.Subcommands)
        {
            Append(page, inner, $"{parent} {verb.Name}");
        }
    }

    private static string Line(string name, string? description) => $"| `{name}` | {description?.Replace("|", "\\|", StringComparison.Ordinal)} |\n";
}
