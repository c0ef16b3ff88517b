using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Packages;

/// <summary>
/// The packages as a user gets them, from a folder and from nowhere else: the tool is installed and asks a server, and a program that refers to the
/// packages is built and run. The folder is made by <c>./test</c>: <c>dotnet pack Holdfast.slnx --configuration Release --output artifacts/packages</c>.
/// </summary>
public sealed class InstallTests : IDisposable
{
#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
    private static readonly bool IsRequired = Environment.GetEnvironmentVariable("HOLDFAST_TEST_PACKAGES") == "1";
#pragma warning restore RS0030

    // What packages depend on has been restored with the repository; ours come into a folder of the test's own, because one version is kept for good.
    private const string Project =
        """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <UseAppHost>false</UseAppHost>
            <RestorePackagesPath>packages</RestorePackagesPath>
            <RestoreFallbackFolders>$(NuGetPackageRoot)</RestoreFallbackFolders>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Holdfast.Sqlite" Version="{0}" />
            <PackageReference Include="Holdfast.Postgres" Version="{0}" />
            <PackageReference Include="Holdfast.AspNetCore" Version="{0}" />
            <PackageReference Include="Holdfast.Testing" Version="{0}" />
            <PackageReference Include="Microsoft.Extensions.Hosting" Version="{1}" />
          </ItemGroup>
        </Project>
        """;

    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_tool_is_installed_and_asks_a_server()
    {
        var folder = Packages();
        await using var server = await TestServer.StartAsync();
        WriteSources(folder);

        var installed = await RunAsync("dotnet", "tool", "install", "holdfast.cli", "--tool-path", "tools", "--version", VersionIn(folder), "--configfile", "nuget.config");
        var status = await RunAsync(_directory.File("tools/holdfast"), "status", "--json", "--url", server.Address.AbsoluteUri);

        installed.ExitCode.ShouldBe(0, installed.Said);
        status.ExitCode.ShouldBe(0, status.Said);
        JsonElement.Parse(status.Said).GetProperty("status").GetProperty("state").GetString().ShouldBe("ok");
    }

    [Fact]
    public async Task A_program_with_the_packages_is_built_and_runs()
    {
        var folder = Packages();
        WriteSources(folder);
        File.Copy(Path.Combine(Root(), "samples/Embedded/Program.cs"), _directory.File("Program.cs"));
        File.WriteAllText(_directory.File("Shop.csproj"), Project
            .Replace("{0}", VersionIn(folder), StringComparison.Ordinal)
            .Replace("{1}", HostingVersion(), StringComparison.Ordinal)
            .Replace("$(NuGetPackageRoot)", GlobalPackages(), StringComparison.Ordinal));

        // No server of the compiler: it would hold the pipes that are read here for ten minutes after the build.
        var built = await RunAsync("dotnet", "build", "--configuration", "Release", "--output", "built", "-m:1", "-p:RestoreConfigFile=nuget.config", "-p:NuGetAudit=false", "-p:UseSharedCompilation=false", "-nodeReuse:false");
        var run = await RunAsync("dotnet", Path.Combine("built", "Shop.dll"));

        built.ExitCode.ShouldBe(0, built.Said);
        run.ExitCode.ShouldBe(0, run.Said);
        run.Said.ShouldContain("error 0");
    }

    private static string Packages()
    {
        var folder = Path.Combine(Root(), "artifacts/packages");
        if (!Directory.Exists(folder))
        {
            const string Missing = "The packages are not made: dotnet pack Holdfast.slnx --configuration Release --output artifacts/packages";
            Assert.False(IsRequired, Missing);
            Assert.Skip(Missing);
        }

        return folder;
    }

    private static string VersionIn(string folder) =>
        Path.GetFileNameWithoutExtension(Directory.EnumerateFiles(folder, "Holdfast.Cli.*.nupkg").Single())["Holdfast.Cli.".Length..];

    private static string HostingVersion() => System.Xml.Linq.XDocument.Load(Path.Combine(Root(), "Directory.Packages.props")).Descendants("PackageVersion")
        .Single(package => package.Attribute("Include")!.Value == "Microsoft.Extensions.Hosting").Attribute("Version")!.Value;

    // Where this repository's own restore put what it needs.
    private static string GlobalPackages()
    {
        var assets = JsonElement.Parse(File.ReadAllText(Path.Combine(Root(), "src/Holdfast/obj/project.assets.json")));
        return assets.GetProperty("packageFolders").EnumerateObject().First().Name;
    }

    private void WriteSources(string folder) => File.WriteAllText(
        _directory.File("nuget.config"),
        $"""<configuration><packageSources><clear /><add key="folder" value="{folder}" /></packageSources></configuration>""");

    private async Task<(int ExitCode, string Said)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = _directory.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1", ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1" },
        })!;
        var patience = Deadline.Token(TimeSpan.FromMinutes(3));
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(patience), process.StandardError.ReadToEndAsync(patience));
        await process.WaitForExitAsync(patience);
        return (process.ExitCode, said[0] + said[1]);
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
