using Holdfast.Flags;
using Holdfast.Tests.Flags;

namespace Holdfast.Tests.Health;

/// <summary>The settings of the health as an operator gives them, with the rules that the product has for their values.</summary>
public sealed class HealthSettingsTests : IDisposable
{
    private readonly FlagHarness _harness = new();

    [Fact]
    public void What_stands_twice_in_the_environment_is_told_with_every_other_fault_and_the_name_of_its_setting()
    {
        _harness.Environment[FlagNames.HealthChecks] = """{"disk": false, "disk": {"period_s": 0}, "storage": {"odd": 1}}""";
        _harness.Environment[FlagNames.HealthRules] = """{"page": false, "page": false}""";

        var message = Should.Throw<ConfigurationException>(() => _harness.Load(SettingsSchema.Product)).Message;

        message.ShouldContain("HOLDFAST_HEALTH_CHECKS (environment): disk stands 2 times in checks; disk.period_s must be a number between 0.1 and 86400; storage.odd is not known");
        message.ShouldContain("HOLDFAST_HEALTH_RULES (environment): page stands 2 times in rules");
    }

    public void Dispose() => _harness.Dispose();
}
