using System.Text.RegularExpressions;

namespace Holdfast.Server.Tests.Docs;

/// <summary>Code in the docs is a part of a file that is compiled or run: <c>&lt;!-- from: samples/... --&gt;</c> stands before it and names the file.</summary>
public sealed partial class SnippetsTests
{
    private const string From = "from: ";

    private static readonly string[] Languages = ["csharp", "js", "python"];

    // How deep a part of a method may stand in its file.
    private static readonly string[] Indents = ["", "    ", "        ", "            "];

    [Fact]
    public void A_block_of_code_is_a_part_of_the_file_that_it_names()
    {
        var blocks = DocsPage.All.SelectMany(page => page.Blocks).Where(block => Languages.Contains(block.Language)).ToList();

        blocks.ShouldNotBeEmpty();
        blocks.Where(block => !IsPartOfItsFile(block)).Select(block => $"{block}: {(block.Mark is "" ? "names no file" : $"not {block.Mark} any more")}\n{block.Code}").ShouldBeEmpty();
    }

    [Fact]
    public void Links_to_files_of_the_repository_lead_somewhere()
    {
        var broken =
            from page in DocsPage.All
            from Match link in Link().Matches(page.Text)
            let target = link.Groups["target"].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
            let path = Path.Combine(page.Folder, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{page.Name}: {target}";

        broken.ShouldBeEmpty();
    }

    private static bool IsPartOfItsFile(DocsBlock block)
    {
        if (!block.Mark.StartsWith(From, StringComparison.Ordinal))
        {
            return false;
        }

        var file = "\n" + File.ReadAllText(DocsPage.Root(block.Mark[From.Length..]));
        return Indents.Any(indent => file.Contains("\n" + BeginningOfLine().Replace(block.Code, indent), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^(?=.)", RegexOptions.Multiline)]
    private static partial Regex BeginningOfLine();
}
