using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Holdfast.Server.Tests.Docs;

/// <summary>A page that users read, and its blocks of code.</summary>
internal sealed partial record DocsPage(string Name, string Text)
{
    /// <summary>docs, the pages of the root folder, and what stands beside the samples.</summary>
    public static IReadOnlyList<DocsPage> All { get; } =
        [.. Directory.EnumerateFiles(Root("docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Root("."), "*.md"))
            .Concat(Directory.EnumerateDirectories(Root("samples")).SelectMany(sample => Directory.EnumerateFiles(sample, "*.md")))
            .Order(StringComparer.Ordinal)
            .Select(file => new DocsPage(Path.GetRelativePath(Root("."), file), File.ReadAllText(file)))];

    /// <summary>The folder that its links start from.</summary>
    public string Folder => Path.GetDirectoryName(Root(Name))!;

    public IEnumerable<DocsBlock> Blocks =>
        Block().Matches(Text).Select(block => new DocsBlock(
            this, Text.AsSpan(0, block.Index).Count('\n') + 1, block.Groups["mark"].Value, block.Groups["language"].Value, block.Groups["code"].Value));

    public static DocsPage Of(string name) => All.Single(page => page.Name == name);

    public static string Root(string path, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../..", path));

    [GeneratedRegex(@"^(?:<!-- (?<mark>[^\n]*) -->\n)?```(?<language>\w*)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}

/// <summary>A block of code. What stands in a comment of the line above says what it is a part of, or what it is for.</summary>
internal sealed record DocsBlock(DocsPage Page, int Line, string Mark, string Language, string Code)
{
    public override string ToString() => $"{Page.Name}:{Line}";
}

/// <summary>What a body is sent to: <c>&lt;!-- to: PUT /api/flags/x as rule --&gt;</c> stands above it, with the member that it is, where it is not the whole.</summary>
internal sealed partial record DocsRequest(string Method, string Path, string Member)
{
    public static DocsRequest? Of(DocsBlock block) => To().Match(block.Mark) is { Success: true } to ? new(to.Groups["method"].Value, to.Groups["path"].Value, to.Groups["member"].Value) : null;

    public string Body(string json) => Member is "" ? json : $$"""{"{{Member}}": {{json}}}""";

    [GeneratedRegex(@"^to: (?<method>[A-Z]+) (?<path>\S+)(?: as (?<member>\w+))?$")]
    private static partial Regex To();
}
