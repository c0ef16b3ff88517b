using System.Diagnostics;
using System.Text.RegularExpressions;
using Holdfast.Cli;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Docs;

/// <summary>What the docs say to type. A shell executes each block as it stands: what it asks a server is asked, and what it says to the tool is words that the tool knows.</summary>
public sealed partial class CommandsTests
{
    private const string Shop = "samples/SelfHosted/README.md";

    // Requests must be answered with success, and words for the server's own program are executed by it.
    private const string Preamble =
        """
        curl() { [[ " $* " == *' --fail '* ]] || set -- --fail-with-body "$@"; command curl --silent --show-error --noproxy '*' --max-time 60 "$@"; }
        holdfast() { command cat > .input; printf '%s\x1f' "$@" >> .words; printf '\x1e' >> .words; }
        ./run() { [[ $# == 0 || $1 == --demo ]] || command dotnet "$SERVER_DLL" "$@"; }

        # Not executed. These build, install or start what other tests do: the suites themselves, the packages and samples that are written in Node and
        # Python (Otlp, Samples), the measurements.
        ./test() { :; }
        npm() { :; }
        node() { :; }
        python3() { :; }
        dotnet() { :; }
        grep() { :; }


        # Not executed. KillTests of Holdfast.Faults end a server like this; SQLite's own program need not be here.
        kill() { :; }
        sqlite3() { :; }
        cat() { [[ $* == data/spool.pid ]] || command cat "$@"; }

        mkdir -p data backup
        """;

    public static TheoryData<string> Pages => [.. DocsPage.All.Where(page => page.Name != Shop && page.Blocks.Any(IsTyped)).Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task What_a_page_says_to_type_works(string name)
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.CommandsCooldownSeconds] = 0, // nobody waits between two lines
            [FlagNames.RetryExternalTypes] = "charge_card", // as the page of the worker says to start it
        });
        var here = new Dictionary<string, string>(StringComparer.Ordinal) { ["127.0.0.1:8080"] = server.Address.Authority, ["localhost:8080"] = server.Address.Authority };

        await TypeAsync(DocsPage.Of(name), here, server.Data);
    }

    [Fact]
    public async Task What_the_page_of_the_shop_says_to_type_works()
    {
        await using var shop = await SampleShop.StartAsync();
        using var data = new DataDirectory();

        await TypeAsync(DocsPage.Of(Shop), new Dictionary<string, string>(StringComparer.Ordinal) { ["127.0.0.1:5081"] = shop.Http.BaseAddress!.Authority }, data);
    }

    [Fact]
    public void What_is_typed_is_marked_as_such()
    {
        var plain = DocsPage.All.SelectMany(page => page.Blocks).Where(block => block.Language is "" && Typed().IsMatch(block.Code));

        plain.Select(block => $"{block}: ```sh").ShouldBeEmpty();
    }

    [Fact]
    public void Words_for_the_tool_in_a_sentence_are_words_that_it_knows()
    {
        // A sentence may name a verb alone, and several at once: `keys create|revoke`. The page of the verbs is made from the tool.
        var faults =
            from page in DocsPage.All
            where page.Name != "docs/reference/cli.md"
            from Match mention in Mention().Matches(page.Text)
            from words in Alternatives(mention.Groups["words"].Value)
            from fault in FaultsIn(words.Split(' '))
            where fault.StartsWith("Unrecognized", StringComparison.Ordinal)
            select $"{page.Name}: {mention.Value}: {fault}";

        faults.ShouldBeEmpty();
    }

    private static bool IsTyped(DocsBlock block) => block.Language == "sh" || DocsRequest.Of(block) is not null;

    /// <summary>A body that the page shows alone is sent as a line with curl would send it.</summary>
    private static string ShellOf(DocsBlock block) => DocsRequest.Of(block) is { } request
        ? $"curl -X {request.Method} http://127.0.0.1:8080{request.Path} -H 'Content-Type: application/json' -d @- <<'END'\n{request.Body(block.Code)}\nEND\n"
        : block.Code;

    /// <param name="here">What stands for the addresses that the page speaks of.</param>
    /// <param name="data">The server's own.</param>
    private static async Task TypeAsync(DocsPage page, IReadOnlyDictionary<string, string> here, DataDirectory data)
    {
        using var directory = new DataDirectory();
        foreach (var block in page.Blocks.Where(IsTyped))
        {
            var text = here.Aggregate(ShellOf(block), (text, address) => text.Replace(address.Key, address.Value, StringComparison.Ordinal));
            var (exitCode, said) = await ShellAsync(directory, data, $"{Preamble}\n{text}");
            exitCode.ShouldBe(0, $"{block}\n{block.Code}\n{said}");
        }

        var words = directory.File(".words");
        var faults =
            from line in File.Exists(words) ? (await File.ReadAllTextAsync(words)).Split('\x1e', StringSplitOptions.RemoveEmptyEntries) : []
            let arguments = line.Split('\x1f')[..^1]
            from fault in FaultsIn(arguments)
            select $"holdfast {string.Join(' ', arguments)}: {fault}";
        faults.ShouldBeEmpty();
    }

    private static async Task<(int ExitCode, string Said)> ShellAsync(DataDirectory directory, DataDirectory data, string text)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-u", "-o", "pipefail", "-c", text])
        {
            UseShellExecute = false,
            WorkingDirectory = directory.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SERVER_DLL"] = Path.Combine(AppContext.BaseDirectory, "Holdfast.Server.dll"), ["HOLDFAST_DATA"] = data.Path },
        })!;
        shell.StandardInput.Close();
        var said = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(Deadline.Token()), shell.StandardError.ReadToEndAsync(Deadline.Token()));
        await shell.WaitForExitAsync(Deadline.Token());
        return (shell.ExitCode, string.Concat(said));
    }

    private static IEnumerable<string> FaultsIn(string[] words) => CommandLine.Root().Parse(words).Errors.Select(error => error.Message);

    private static IEnumerable<string> Alternatives(string words) => Choice().Match(words) is { Success: true } choice
        ? choice.Value.Split('|').SelectMany(one => Alternatives(words.Replace(choice.Value, one, StringComparison.Ordinal)))
        : [words];

    [GeneratedRegex(@"^(?:\w+=\S+ )*(?:curl|holdfast|\./run|\./test|npm|node \S+\.m?js|python3|dotnet|psql)(?: |$)", RegexOptions.Multiline)]
    private static partial Regex Typed();

    [GeneratedRegex("`holdfast (?<words>[^`]+?)(?: (?:&&|\\||\\.\\.\\.)[^`]*)?`")]
    private static partial Regex Mention();

    [GeneratedRegex(@"\S+\|\S+")]
    private static partial Regex Choice();
}
