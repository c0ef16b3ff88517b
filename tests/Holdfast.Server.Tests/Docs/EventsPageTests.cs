using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Holdfast.Server.Tests.Docs;

/// <summary>docs/reference/events.md has every type of event that the server itself records.</summary>
public sealed partial class EventsPageTests
{
    // Where types of recorded news are named.
    private static readonly string[] Sources =
    [
        "BuiltIn/SystemNews.cs", "BuiltIn/SystemWatch.cs", "BuiltIn/BroadcastNews.cs", "BuiltIn/HealthNews.cs", "Resilience/CircuitTransition.cs", "Pipeline/AuditTrail.cs",
    ];

    [Fact]
    public async Task Every_type_in_the_code_is_on_the_page_and_every_type_on_the_page_is_in_the_code()
    {
        var named = Sources.SelectMany(file => Named().Matches(File.ReadAllText(Root($"src/Holdfast/{file}"))).Select(type => type.Groups["type"].Value))
            .Where(type => type != "shutdown.phase") // on the bus alone
            .Distinct();

        var listed = Listed().Matches(await File.ReadAllTextAsync(Root("docs/reference/events.md"))).Select(line => line.Groups["type"].Value);

        listed.ShouldBe(named, ignoreOrder: true);
    }

    private static string Root(string path, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../..", path));

    [GeneratedRegex("\"(?<type>(?:store|spool|shutdown|broadcast|health|retry)\\.[a-z_]+|circuit_breaker_[a-z_]+|operator_action)\"")]
    private static partial Regex Named();

    [GeneratedRegex(@"^\| `(?<type>[a-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Listed();
}
