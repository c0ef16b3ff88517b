using System.Runtime.CompilerServices;
using Holdfast.Cli;

namespace Holdfast.Server.Tests.Docs;

/// <summary>
/// Pages of docs/reference that are made from the product itself. What differs is written to artifacts/docs: if it is right, it takes the page's place.
/// </summary>
public sealed class ReferencePagesTests
{
    [Fact]
    public void Settings_are_those_of_the_schema() => ShouldBe("settings.md", SettingsPage.Of(ServerHost.Schema));

    [Fact]
    public void The_API_is_that_of_the_document() => ShouldBe("api.md", ApiPage.Of(File.ReadAllText(Root($"tests/Holdfast.Server.Tests/Approved/openapi.approved.txt"))));

    [Fact]
    public void Verbs_and_options_are_those_of_the_tool() => ShouldBe("cli.md", CliPage.Of(CommandLine.Root()));

    private static void ShouldBe(string name, string text)
    {
        var page = Root($"docs/reference/{name}");
        if (File.Exists(page) && File.ReadAllText(page) == text)
        {
            return;
        }

        var made = Root($"artifacts/docs/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(made)!);
        File.WriteAllText(made, text);
        Assert.Fail($"{page} is not what the product says. If {made} is right: cp artifacts/docs/{name} docs/reference/{name}");
    }

    private static string Root(string path, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../..", path));
}
