using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Cli;

/// <summary><c>holdfast flags</c>, as it ships, against a real server.</summary>
public sealed class FlagsCommandTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int Refused = 2;
    private const int Usage = 64;

    [Fact]
    public async Task A_setting_is_set_shown_and_reset()
    {
        (await RunAsync("set", "MONITORING_TIMEOUT_MS", "900", "--reason", "slow disk")).ShouldBe((0, "MONITORING_TIMEOUT_MS is 900"));

        (await RunAsync("get", "MONITORING_TIMEOUT_MS")).Output.ShouldStartWith("name");
        (await RunAsync("list", "--origin", "runtime", "--json")).Output.ShouldContain("MONITORING_TIMEOUT_MS");
        (await RunAsync("reset", "MONITORING_TIMEOUT_MS")).ShouldBe((0, "MONITORING_TIMEOUT_MS is 5000 (default)."));
        (await RunAsync("audit", "--name", "MONITORING_TIMEOUT_MS", "--json")).Output.ShouldContain("slow disk");
    }

    [Fact]
    public async Task A_rule_comes_from_a_file_is_explained_killed_and_revived()
    {
        using var data = new DataDirectory();
        Directory.CreateDirectory(data.Path);
        var file = Path.Combine(data.Path, "rule.json");
        await File.WriteAllTextAsync(file, """{"type": "string", "variants": {"a": "A", "b": "B"}, "default": "a", "targeting": [{"name": "pros", "if": {"==": [{"var": "plan"}, "pro"]}, "variant": "b"}]}""", Deadline.Token());
        (await RunAsync("set", "cli.rule", "--rule", file)).ExitCode.ShouldBe(0);

        (await RunAsync("explain", "cli.rule", "--key", "ada", "--with", "plan=pro")).ShouldBe((0, "cli.rule is B (TARGETING_MATCH, runtime)\n  The condition pros holds."));
        (await RunAsync("kill", "cli.rule", "--reason", "it burns")).ShouldBe((0, "cli.rule is killed."));
        (await RunAsync("explain", "cli.rule", "--with", "plan=pro")).Output.ShouldContain("DISABLED");
        (await RunAsync("revive", "cli.rule")).ShouldBe((0, "cli.rule decides again."));
    }

    [Fact]
    public async Task A_rollout_is_begun_paused_and_rolled_back()
    {
        await RunAsync("set", "cli.rollout", "false");

        (await RunAsync("rollout", "begin", "cli.rollout", "--steps", "10,100", "--soak", "3600")).Output.ShouldContain("on at 10 % (of 10, 100), running");
        (await RunAsync("rollout", "pause", "cli.rollout")).Output.ShouldContain("paused");
        (await RunAsync("rollout", "rollback", "cli.rollout", "--reason", "no")).Output.ShouldContain("on at 0 % (of 10, 100), rolled_back");
        (await RunAsync("rollout", "show", "cli.rollout", "--json")).Output.ShouldContain("\"status\":\"rolled_back\"");
        (await RunAsync("rollout", "resume", "cli.rollout")).ExitCode.ShouldBe(Refused);
    }

    [Fact]
    public async Task What_is_refused_or_makes_no_sense_has_its_exit_code()
    {
        (await RunAsync("set", "HOLDFAST_BIND", "0.0.0.0")).ExitCode.ShouldBe(Refused);
        (await RunAsync("get", "nothing")).ExitCode.ShouldBe(Refused);
        (await RunAsync("set", "cli.once", "1", "--if-version", "7")).ExitCode.ShouldBe(Refused);
        (await RunAsync("set", "cli.once")).ExitCode.ShouldBe(Usage);
        (await RunAsync("explain", "cli.once", "--with", "plan")).ExitCode.ShouldBe(Usage);
        (await RunAsync("rollout", "begin", "cli.once", "--steps", "few")).ExitCode.ShouldBe(Usage);
    }

    [Fact]
    public async Task A_text_that_looks_like_a_number_stays_one_when_asked()
    {
        await RunAsync("set", "cli.text", "5", "--text");

        JsonDocument.Parse((await RunAsync("get", "cli.text", "--json")).Output).RootElement.GetProperty("value").GetString().ShouldBe("5");
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var run = await CliProcess.RunAsync(shared.Server.Address, ["flags", .. arguments]);
        var output = run.Output.TrimEnd();
        var version = output.IndexOf(" (version", StringComparison.Ordinal);
        return (run.ExitCode, version > 0 && run.ExitCode == 0 && !output.StartsWith('{') ? output[..version] : output);
    }
}
