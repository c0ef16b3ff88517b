using System.Text.Json;
using Holdfast.Health;

namespace Holdfast.Tests.Health;

public sealed class HealthSettingsJsonTests
{
    [Fact]
    public void A_rule_that_is_built_in_is_changed_member_by_member_and_taken_away_with_false()
    {
        var rules = HealthSettingsJson.ReadRules(Json("""{"reconnect": {"for_s": 90}, "restart": false, "page": {"check": "*", "actions": ["webhook"], "state": "warn", "per_hour": 2}}"""));

        rules.Select(rule => rule.Name).ShouldBe(["reconnect", "close_breaker", "rescue", "page"]);
        (rules[0].For, rules[0].Check).ShouldBe((TimeSpan.FromSeconds(90), "storage"));
        (rules[3].Check, rules[3].State, rules[3].PerHour).ShouldBe((RecoveryRule.AnyCheck, HealthState.Warn, 2));
    }

    [Fact]
    public void Checks_are_left_out_or_run_at_other_times()
    {
        var checks = HealthSettingsJson.ReadChecks(Json("""{"disk": false, "storage": {"period_s": 1, "timeout_s": 0.5}}"""));

        checks["disk"].Enabled.ShouldBeFalse();
        checks["storage"].ShouldBe(new CheckSetting(true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.5)));
    }

    [Theory]
    [InlineData("""[]""", "must be an object")]
    [InlineData("""{"page": {"check": "x"}}""", "must have a check and actions")]
    [InlineData("""{"page": true}""", "page must be an object, or false")]
    [InlineData("""{"page": {"check": "x", "actions": [], "cool_down_s": 0, "state": "pass", "odd": 1}}""", "page.actions must be a list")]
    [InlineData("""{"reconnect": {"cool_down_s": 0}}""", "reconnect.cool_down_s must be a number between 1 and 86400")]
    [InlineData("""{"reconnect": {"state": "unknown"}}""", "reconnect.state must be warn or fail")]
    [InlineData("""{"reconnect": {"odd": 1}}""", "reconnect.odd is not known")]
    [InlineData("""{"page": false, "page": false}""", "page stands 2 times in rules")]
    public void What_is_wrong_with_rules_is_said_with_its_place(string rules, string fault) => HealthSettingsJson.FaultInRules(Json(rules)).ShouldNotBeNull().ShouldContain(fault);

    [Theory]
    [InlineData("""{"disk": 3}""", "disk must be an object, or false")]
    [InlineData("""{"disk": {"period_s": 0}}""", "disk.period_s must be a number between 0.1 and 86400")]
    [InlineData("""{"disk": {"enabled": "yes"}}""", "disk.enabled must be true or false")]
    [InlineData("""{"disk": false, "disk": {"period_s": 0}}""", "disk stands 2 times in checks; disk.period_s must be a number")]
    [InlineData("""{"disk": {"period_s": 1, "period_s": 2}}""", "period_s stands 2 times in disk")]
    public void What_is_wrong_with_checks_is_said_with_its_place(string checks, string fault) => HealthSettingsJson.FaultInChecks(Json(checks)).ShouldNotBeNull().ShouldContain(fault);

    [Fact]
    public void Nothing_said_is_nothing_wrong() => (HealthSettingsJson.FaultInChecks(Json("{}")), HealthSettingsJson.FaultInRules(Json("{}"))).ShouldBe((null, null));

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
