using System.Reflection;
using System.Text.RegularExpressions;
using Holdfast.Flags;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests;

/// <summary>Who may know whom. A change of a table here is a decision, and belongs into ARCHITECTURE.md with its reason.</summary>
public partial class ArchitectureTests
{
    /// <summary>The folders of the library, and which other folders each may know.</summary>
    private static readonly Dictionary<string, string[]> Folders = new(StringComparer.Ordinal)
    {
        ["Resilience"] = [],
        ["Storage"] = [],
        ["Telemetry"] = [],
        ["Events"] = [],
        ["Components"] = ["Events", "Resilience"],
        ["Lifecycle"] = ["Resilience"],
        ["Health"] = ["Lifecycle"],
        ["Flags"] = ["Storage", "Lifecycle"],
        ["Spool"] = ["Storage", "Resilience", "Lifecycle"],
        ["Rollout"] = ["Flags", "Pipeline", "Resilience", "Lifecycle"],
        ["Pipeline"] = ["Spool", "Storage", "Resilience", "Lifecycle"],
        ["Preferences"] = ["Pipeline", "Resilience"],
        ["Access"] = ["Pipeline", "Storage", "Resilience", "Lifecycle"],
        ["Otlp"] = ["Pipeline", "Spool"],
        ["Retries"] = ["Pipeline", "Spool", "Storage", "Resilience", "Lifecycle"],
        ["Operations"] = ["Retries", "Pipeline", "Storage", "Lifecycle"],
        ["Sources"] = ["Pipeline", "Telemetry", "Lifecycle"],
        ["BuiltIn"] = ["Events", "Components", "Health", "Flags", "Retries", "Pipeline", "Spool", "Resilience", "Lifecycle", "Monitoring"],
        ["Monitoring"] = ["Pipeline", "Spool", "Flags", "Resilience", "Lifecycle"],
        ["Supabase"] = ["Monitoring", "Pipeline", "Resilience", "Lifecycle"],
        ["Realtime"] = ["Monitoring", "Pipeline", "Storage", "Lifecycle"],
    };

    /// <summary>The projects under src, and which other projects each may refer to. All arrows end at the library.</summary>
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Holdfast"] = [],
        ["Holdfast.Testing"] = ["Holdfast"],
        ["Holdfast.Sqlite"] = ["Holdfast"],
        ["Holdfast.Postgres"] = ["Holdfast", "Holdfast.Sqlite"], // for the spool
        ["Holdfast.AspNetCore"] = ["Holdfast"],
        ["Holdfast.Cli"] = [], // it speaks the public HTTP API, as any script does
        ["Holdfast.Server"] = ["Holdfast", "Holdfast.AspNetCore", "Holdfast.Sqlite", "Holdfast.Postgres"],
    };

    /// <summary>The only projects with a database driver and with SQL.</summary>
    private static readonly string[] StorageProjects = ["Holdfast.Sqlite", "Holdfast.Postgres"];

    /// <summary>Event ids begin with a digit of their folder, so that a log line says where it came from.</summary>
    private static readonly Dictionary<string, int> EventIdHundreds = new(StringComparer.Ordinal)
    {
        ["Holdfast.Resilience"] = 10,
        ["Holdfast.Telemetry"] = 11,
        ["Holdfast.Lifecycle"] = 1,
        ["Holdfast.Flags"] = 2,
        ["Holdfast.Spool"] = 3,
        ["Holdfast.Pipeline"] = 5,
        ["Holdfast.Sources"] = 6,
        ["Holdfast.Retries"] = 12,
        ["Holdfast.Operations"] = 13,
        ["Holdfast.Events"] = 14,
        ["Holdfast.Components"] = 15,
        ["Holdfast.BuiltIn"] = 16,
        ["Holdfast.Access"] = 17,
        ["Holdfast.Monitoring"] = 7,
        ["Holdfast.Rollout"] = 18,
        ["Holdfast.Supabase"] = 20,
        ["Holdfast.Realtime"] = 19,
        ["Holdfast.Health"] = 21,
        ["Holdfast.Sqlite.Spool"] = 3,
        ["Holdfast.Sqlite.Store"] = 4,
        ["Holdfast.Postgres"] = 4,
        ["Holdfast.AspNetCore.Api"] = 8,
        ["Holdfast.AspNetCore.Dashboard"] = 8,
        ["Holdfast.AspNetCore.Ingest"] = 8,
        ["Holdfast.AspNetCore.Live"] = 8,
        ["Holdfast.AspNetCore.Realtime"] = 19,
        ["Holdfast.AspNetCore.Security"] = 17,
        ["Holdfast.Server"] = 9,
    };

    [Fact]
    public void A_folder_of_the_library_knows_only_the_folders_it_is_allowed_to_know()
    {
        var broken =
            from folder in LibraryFolders()
            from file in Repository.Files($"src/Holdfast/{folder}", "*.cs")
            from Match mention in FolderMention().Matches(Repository.Code(file))
            let other = mention.Groups["folder"].Value
            where other != folder && Folders.ContainsKey(other) && !Folders.GetValueOrDefault(folder, []).Contains(other)
            select $"{Repository.Relative(file)} must not know {other}";

        broken.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Every_folder_of_the_library_stands_in_the_table() =>
        LibraryFolders().Except(Folders.Keys).ShouldBeEmpty();

    [Fact]
    public void No_folder_is_named_after_nothing()
    {
        string[] vague = ["Common", "Helpers", "Utils", "Utilities", "Core", "Managers", "Misc", "Shared"];

        var broken = Repository.Files("src", "*.cs").Select(Repository.Relative).Where(file => file.Split('/').Any(vague.Contains));

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void A_project_refers_only_to_the_projects_it_is_allowed_to_refer_to()
    {
        var found = Repository.Files("src", "*.csproj").ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            file => ProjectReference().Matches(File.ReadAllText(file)).Select(match => match.Groups["project"].Value).Order(StringComparer.Ordinal).ToArray(),
            StringComparer.Ordinal);

        found.Keys.ShouldBe(Projects.Keys, ignoreOrder: true);
        foreach (var (project, references) in found)
        {
            references.Except(Projects[project]).ShouldBeEmpty($"{project} points outward");
        }
    }

    [Fact]
    public void Only_a_storage_project_has_a_database_driver()
    {
        var broken =
            from file in Repository.Files("src", "*.csproj")
            where !StorageProjects.Contains(Path.GetFileNameWithoutExtension(file))
            from Match package in Driver().Matches(File.ReadAllText(file))
            select $"{Repository.Relative(file)}: {package.Value}";

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void The_library_has_no_web_server()
    {
        var references = typeof(FlagManager).Assembly.GetReferencedAssemblies().Select(reference => reference.Name!);

        references.Where(name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void SQL_stands_only_in_a_storage_project()
    {
        var broken =
            from file in Repository.Files("src", "*.cs").Concat(Repository.Files("src", "*.sql"))
            where !StorageProjects.Contains(Repository.Relative(file).Split('/')[1])
            where file.EndsWith(".sql", StringComparison.Ordinal) || Sql().IsMatch(Repository.Code(file))
            select Repository.Relative(file);

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void The_id_of_a_log_event_is_unique_across_the_product()
    {
        var twice = LogMethods().GroupBy(method => method.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(method => method.Name))}");

        twice.ShouldBeEmpty();
    }

    [Fact]
    public void The_id_of_a_log_event_begins_with_the_digit_of_its_folder()
    {
        var broken =
            from method in LogMethods()
            from range in EventIdHundreds
            where method.Namespace == range.Key || method.Namespace.StartsWith(range.Key + ".", StringComparison.Ordinal)
            where method.Id / 100 != range.Value
            select $"{method.Name} has {method.Id}";

        broken.ShouldBeEmpty();
    }

    private static IEnumerable<string> LibraryFolders() =>
        Directory.EnumerateDirectories(Repository.Path("src", "Holdfast")).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj"));

    private static IEnumerable<(int Id, string Name, string Namespace)> LogMethods() =>
        from file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Holdfast*.dll")
        let assembly = Assembly.LoadFrom(file)
        where Projects.ContainsKey(assembly.GetName().Name!)
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()
        where message is not null
        select (message.EventId, $"{type.FullName}.{method.Name}", type.Namespace ?? "");

    [GeneratedRegex(@"\bHoldfast\.(?<folder>[A-Z]\w+)")]
    private static partial Regex FolderMention();

    [GeneratedRegex("""<ProjectReference Include="[^"]*/(?<project>[^/"]+)\.csproj""")]
    private static partial Regex ProjectReference();

    [GeneratedRegex("""<PackageReference Include="(?:Npgsql|Dapper|SQLitePCLRaw|Microsoft\.Data\.|System\.Data\.)[^"]*""")]
    private static partial Regex Driver();

    // A text that begins with SQL, whatever the quotes around it.
    [GeneratedRegex(
        @"""\s*(?:select\s[^""]+\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(?:unique\s+)?(?:table|index|view)\s|pragma\s)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Sql();
}
