using System.Text.RegularExpressions;
using Holdfast.Flags;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Flags;

public class FlagSchemaTests
{
    [Theory]
    [InlineData("MONITORING_USE_ADAPTER", true)]
    [InlineData("MONITORING_ADAPTER_TYPE", "realtime")]
    [InlineData("MONITORING_DUAL_MODE", false)]
    [InlineData("MONITORING_ENABLE_VALIDATION", true)]
    [InlineData("MONITORING_VALIDATION_STRICT", false)]
    [InlineData("MONITORING_METRICS_FLUSH_INTERVAL", 300L)]
    [InlineData("MONITORING_METRICS_PERSISTENCE", true)]
    [InlineData("MONITORING_BATCH_SIZE", 100L)]
    [InlineData("MONITORING_TIMEOUT_MS", 5000L)]
    [InlineData("METRICS_PERSISTER_GRACEFUL_SHUTDOWN_TIMEOUT", 30L)]
    [InlineData("PORT", 8080L)]
    [InlineData("HOLDFAST_BIND", "127.0.0.1")]
    [InlineData("HOLDFAST_DATA", "./data")]
    [InlineData("HOLDFAST_SPOOL_DISK_BYTES", 2147483648L)]
    [InlineData("HOLDFAST_RETENTION_ROLLUP_1HOUR_DAYS", 365L)]
    public void The_documented_defaults_are_the_defaults(string name, object value) =>
        FlagSchema.Product.Get(name).ShouldNotBeNull().Default.ShouldBe(value);

    [Fact]
    public void Every_flag_says_what_it_is()
    {
        var mute = FlagSchema.Product.GetAll().Where(flag => !flag.Description.EndsWith('.')).Select(flag => flag.Name);

        mute.ShouldBeEmpty();
    }

    [Fact]
    public void A_schema_refuses_a_default_that_its_own_validator_refuses() =>
        Should.Throw<ArgumentException>(() => new FlagSchema([new("X", FlagType.Int, 0L, "X.") { Validator = FlagValidators.AtLeast(1) }]))
            .Message.ShouldContain("X");

    [Fact]
    public void A_schema_refuses_two_flags_of_one_name() =>
        Should.Throw<ArgumentException>(() => new FlagSchema([new("X", FlagType.Bool, true, "X."), new("X", FlagType.Bool, true, "X.")]));

    [Fact]
    public void The_example_file_lists_every_setting_with_its_default()
    {
        var listed = File.ReadAllLines(Repository.Path(".env.example"))
            .Where(line => line.StartsWith('#') && line.Contains('=', StringComparison.Ordinal))
            .Select(line => line.TrimStart('#').Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

        var expected = FlagSchema.Product.GetAll().ToDictionary(flag => flag.EnvironmentName, DefaultText, StringComparer.Ordinal);

        listed.ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public void A_setting_has_an_effect_or_stands_under_those_that_have_none_yet()
    {
        // Neither a definition nor a rule about two settings together is an effect.
        var code = string.Join('\n', Repository.Files("src", "*.cs")
            .Where(file => !file.EndsWith("Flags.cs", StringComparison.Ordinal) && !file.EndsWith("FlagConsistency.cs", StringComparison.Ordinal)).Select(Repository.Code));
        var unread = typeof(FlagNames).GetFields()
            .Where(name => !Regex.IsMatch(code, $@"\bFlagNames\.{name.Name}\b"))
            .Select(name => FlagSchema.Product.Get((string)name.GetRawConstantValue()!)!.EnvironmentName);

        var announced = File.ReadAllLines(Repository.Path(".env.example"))
            .SkipWhile(line => !line.Contains("without effect", StringComparison.Ordinal)).Skip(1)
            .Select(line => line.TrimStart('#').Split('=')[0]);

        unread.ShouldBe(announced, ignoreOrder: true);
    }

    // The machine's name differs from machine to machine.
    private static string DefaultText(FlagDefinition flag) => (flag.Name, flag.Default) switch
    {
        (FlagNames.Node, _) => "",
        (_, true) => "true",
        (_, false) => "false",
        (_, var value) => value.ToString()!,
    };
}
