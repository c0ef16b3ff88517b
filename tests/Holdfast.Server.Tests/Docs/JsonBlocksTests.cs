using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Cli;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Docs;

/// <summary>
/// JSON in the docs is read by what reads it in earnest. The line above says what that is: <c>in:</c> the file of settings or a setting, <c>of:</c> an
/// answer of the server; what stands behind <c>to:</c> is sent by <see cref="CommandsTests"/>.
/// </summary>
public sealed partial class JsonBlocksTests
{
    // What stands in these has names, or is a frame, of somebody's choice.
    private static readonly string[] NamedByUsers =
        ["connections", "retry_policies", "rooms", "headers", "roles", "send", "expect", "private", "message", "private_message", FlagNames.HealthRules, "variants", "overrides"];

    private static IReadOnlyList<DocsBlock> Blocks { get; } = [.. DocsPage.All.SelectMany(page => page.Blocks).Where(block => block.Language == "json")];

    private static IEnumerable<(DocsBlock Block, JsonObject Settings)> Settings =>
        from block in Blocks
        where block.Mark.StartsWith("in: ", StringComparison.Ordinal)
        let json = JsonNode.Parse(block.Code)!
        select (block, block.Mark == $"in: {ConfigurationFileLayer.FileName}" ? json.AsObject() : new JsonObject { [block.Mark["in: ".Length..]] = json });

    [Fact]
    public void A_block_of_JSON_says_what_it_is()
    {
        string[] kinds = ["in: ", "of: GET ", "to: "];

        Blocks.Where(block => !kinds.Any(kind => block.Mark.StartsWith(kind, StringComparison.Ordinal))).Select(block => $"{block}: {block.Mark}").ShouldBeEmpty();
    }

    [Fact]
    public void Settings_are_taken_and_a_server_is_composed_of_them()
    {
        Settings.Count().ShouldBeGreaterThan(3);
        Settings.SelectMany(one => FaultsIn(one.Settings).Select(fault => $"{one.Block}: {fault}")).ShouldBeEmpty();
    }

    [Fact]
    public void Settings_have_no_members_that_nobody_reads()
    {
        var unread =
            from one in Settings
            from wrong in WithAnotherName(one.Settings)
            where !FaultsIn(wrong.Json).Any()
            select $"{one.Block}: {wrong.Member}";

        unread.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nor_has_what_is_sent()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (block, request) in Blocks.Select(block => (Block: block, Request: DocsRequest.Of(block))).Where(one => one.Request is not null))
        {
            foreach (var (member, json) in WithAnotherName(JsonNode.Parse(block.Code)!.AsObject()))
            {
                (await SendAsync(request!, json.ToJsonString())).Status.ShouldBe(400, $"{block}: {member}");
            }

            (await SendAsync(request!, block.Code)).Status.ShouldBe(200, $"{block}");
        }

        Task<Answer> SendAsync(DocsRequest request, string json) => server.AskAsync(new HttpMethod(request.Method), request.Path, request.Body(json));
    }

    [Fact]
    public void Settings_that_a_page_names_are_there()
    {
        string[] known = [.. ServerHost.Schema.GetAll().SelectMany(flag => new[] { flag.Name, flag.EnvironmentName }), Surroundings.UrlVariable, Surroundings.KeyVariable];

        var unknown =
            from page in DocsPage.All
            from Match name in Setting().Matches(page.Text)
            where !known.Contains(name.Value)
            select $"{page.Name}: {name.Value}";
        unknown.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_have_the_members_that_the_docs_show()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var block in Blocks.Where(block => block.Mark.StartsWith("of: ", StringComparison.Ordinal)))
        {
            var answer = await server.GetAsync(block.Mark["of: GET ".Length..]);

            answer.Status.ShouldBe(200);
            Differences(JsonElement.Parse(block.Code), answer.Json, "").ShouldBeEmpty($"{block}\n{answer.Body}");
        }
    }

    private static IEnumerable<string> FaultsIn(JsonObject settings)
    {
        using var directory = new DataDirectory();
        File.WriteAllText(directory.File(ConfigurationFileLayer.FileName), settings.ToJsonString());
        try
        {
            var variables = new Dictionary<string, string>(StringComparer.Ordinal) { [FlagNames.Data] = directory.Path };
            ((IDisposable)ServerHost.Build(FlagManager.Load(ServerHost.Schema, new FlagSources { Variables = variables }))).Dispose();
            return [];
        }
        catch (ConfigurationException faults)
        {
            return faults.Faults.Select(fault => fault.ToString()!);
        }
    }

    /// <summary>Copies in each of which one member is called something else.</summary>
    private static IEnumerable<(string Member, JsonObject Json)> WithAnotherName(JsonObject json)
    {
        foreach (var (owner, name) in Members(json).Where(member => !NamedByUsers.Contains(member.Owner.Parent is JsonObject ? member.Owner.GetPropertyName() : "")).ToList())
        {
            var members = owner.ToList();
            Put("nonsense");
            var changed = json.DeepClone().AsObject();
            Put(name);
            yield return ($"{owner.GetPath()}.{name}", changed);

            void Put(string called)
            {
                owner.Clear();
                members.ForEach(member => owner.Add(member.Key == name ? called : member.Key, member.Value));
            }
        }
    }

    private static IEnumerable<(JsonObject Owner, string Name)> Members(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Members(member.Value).Prepend((members, member.Key))),
        JsonArray items => items.SelectMany(Members),
        _ => [],
    };

    /// <summary>Members that only one of both has; what is null or empty on one side says nothing about its members.</summary>
    private static IEnumerable<string> Differences(JsonElement shown, JsonElement real, string place) => (shown.ValueKind, real.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => shown.EnumerateObject().Select(member => member.Name).Union(real.EnumerateObject().Select(member => member.Name)).SelectMany(name =>
            !real.TryGetProperty(name, out var its) ? [$"{place}.{name} is shown and is not there"]
            : !shown.TryGetProperty(name, out var ours) ? [$"{place}.{name} is there and not shown"]
            : name == "values" ? [] // each check has its own
            : Differences(ours, its, $"{place}.{name}")),
        (JsonValueKind.Array, JsonValueKind.Array) when shown.GetArrayLength() > 0 && real.GetArrayLength() > 0 => Differences(shown[0], real[0], $"{place}[0]"),
        _ => [],
    };

    // Not those for tests, and no beginnings of names: MONITORING_MISMATCH_*_PERCENT.
    [GeneratedRegex(@"\b(?!HOLDFAST_TEST_)(?:HOLDFAST|MONITORING|SUPABASE|RESILIENCE)_[A-Z0-9_]*[A-Z0-9]\b(?!\*)")]
    private static partial Regex Setting();
}
