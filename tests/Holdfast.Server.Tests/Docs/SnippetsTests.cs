using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Holdfast.Server.Tests.Docs;

/// <summary>Code in the docs is a part of a file that is compiled or run: <c>&lt;!-- from: samples/... --&gt;</c> stands before it and names the file.</summary>
public sealed partial class SnippetsTests
{
    // Their snippets are shorter than a program that would do something, and stand for themselves.
    private static readonly string[] WithoutFiles =
        ["docs/recipes/broadcasting.md", "docs/recipes/realtime.md", "docs/recipes/retries.md", "docs/recipes/sql.md", "docs/reference/commands.md", "docs/reference/flags.md", "docs/reference/rooms.md"];

    [Fact]
    public void Every_block_that_names_a_file_is_a_part_of_it()
    {
        var blocks = Pages().SelectMany(page => Named().Matches(File.ReadAllText(page)).Select(block => (Page: page, File: block.Groups["file"].Value, Code: block.Groups["code"].Value))).ToList();

        blocks.ShouldNotBeEmpty();
        blocks.Where(block => !File.ReadAllText(Root(block.File)).Contains(block.Code, StringComparison.Ordinal))
            .Select(block => $"{block.Page}: not in {block.File} any more:\n{block.Code}").ShouldBeEmpty();
    }

    [Fact]
    public void A_block_of_code_names_its_file()
    {
        var nameless =
            from page in Pages()
            where !WithoutFiles.Contains(Path.GetRelativePath(Root("."), page))
            let text = File.ReadAllText(page)
            where Code().Count(text) != Named().Count(text)
            select page;

        nameless.ShouldBeEmpty();
    }

    [Fact]
    public void Links_to_files_of_the_repository_lead_somewhere()
    {
        var broken =
            from page in Pages().Append(Root("README.md")).Append(Root("ARCHITECTURE.md")).Append(Root("samples/SelfHosted/README.md"))
            from Match link in Link().Matches(File.ReadAllText(page))
            let target = link.Groups["target"].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
            let path = Path.Combine(Path.GetDirectoryName(page)!, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{page}: {target}";

        broken.ShouldBeEmpty();
    }

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Root("docs"), "*.md", SearchOption.AllDirectories);

    private static string Root(string path, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../..", path));

    [GeneratedRegex(@"^<!-- from: (?<file>\S+) -->\n```(?:csharp|js|python)\n(?<code>.*?\n)```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Named();

    [GeneratedRegex(@"^```(?:csharp|js|python)$", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
