using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Rollout;

namespace Holdfast.Tests.Flags.Rules;

public class FlagRuleTests
{
    private const string Banner =
        """
        {
          "type": "string",
          "description": "The banner.",
          "variants": {"none": "", "discount": "10 % off", "news": "We have news"},
          "default": "none",
          "off": "none",
          "overrides": {"news": ["ada", "bob"]},
          "targeting": [
            {"name": "staff", "if": {"==": [{"var": "group"}, "staff"]}, "variant": "discount"},
            {"name": "old", "if": {"sem_ver": [{"var": "app"}, "<", "2.0.0"]}, "split": [{"variant": "news", "percent": 50}]}
          ],
          "split": [{"variant": "discount", "percent": 25}, {"variant": "news", "percent": 0.5}],
          "salt": "banner-2026",
          "apply": "immediate"
        }
        """;

    [Fact]
    public void A_key_that_is_named_wins_over_everything_but_a_kill()
    {
        var rule = Read(Banner);

        Evaluate(rule, "ada", """{"group": "staff"}""").ShouldBe(("news", FlagReason.TargetingMatch));
        Evaluate(rule with { Enabled = false }, "ada").ShouldBe(("none", FlagReason.Disabled));
    }

    [Fact]
    public void The_first_condition_that_holds_decides()
    {
        var rule = Read(Banner);

        Evaluate(rule, "cleo", """{"group": "staff", "app": "1.0.0"}""").ShouldBe(("discount", FlagReason.TargetingMatch));
    }

    [Fact]
    public void A_condition_may_cut_its_own_share()
    {
        var rule = Read(Banner);

        var variants = Enumerable.Range(0, 1_000).Select(i => Evaluate(rule, $"user-{i}", """{"app": "1.0.0"}""")).ToList();

        variants.ShouldAllBe(variant => variant.Reason == FlagReason.Split);
        variants.Count(variant => variant.Variant == "news").ShouldBeInRange(450, 550);
    }

    [Fact]
    public void The_percentage_decides_for_the_rest_by_bucket()
    {
        var evaluation = FlagEvaluator.Evaluate("banner", Read(Banner), new FlagContext("cleo"));

        var bucket = FlagBucket.Of("banner-2026", "cleo");
        evaluation.Bucket.ShouldBe(bucket);
        evaluation.Variant.ShouldBe(bucket < 25_000 ? "discount" : bucket < 25_500 ? "news" : "none");
        evaluation.Reason.ShouldBe(FlagReason.Split);
    }

    [Fact]
    public void Without_a_key_a_percentage_is_an_error_and_the_value_is_the_default()
    {
        var evaluation = FlagEvaluator.Evaluate("banner", Read(Banner), FlagContext.Empty);

        (evaluation.Error, evaluation.Variant, evaluation.Reason).ShouldBe((FlagError.TargetingKeyMissing, "none", FlagReason.Error));
    }

    [Fact]
    public void Without_a_key_conditions_still_decide() =>
        Evaluate(Read(Banner), null, """{"group": "staff"}""").ShouldBe(("discount", FlagReason.TargetingMatch));

    [Fact]
    public void Where_nothing_decides_it_is_the_default() =>
        Evaluate(Read("""{"type": "bool", "default": "on", "targeting": [{"if": {"var": "beta"}, "variant": "off"}]}"""), "ada").ShouldBe(("on", FlagReason.Default));

    [Fact]
    public void A_rule_without_conditions_is_the_same_for_everybody() => Evaluate(Read("""{"type": "bool", "default": "on"}"""), null).ShouldBe(("on", FlagReason.Static));

    [Fact]
    public void Explaining_tells_every_question_on_the_way()
    {
        var evaluation = FlagEvaluator.Evaluate("banner", Read(Banner), new FlagContext("cleo"), explain: true);

        evaluation.Trace.Count.ShouldBe(4);
        evaluation.Trace[^1].ShouldContain($"bucket {FlagBucket.Of("banner-2026", "cleo")} of 100000; discount has those below 25000, news has those below 25500, none the rest");
    }

    [Fact]
    public void What_is_written_is_read_again_as_it_was()
    {
        var rule = Read(Banner);

        var again = Read(Write(rule));

        Write(again).ShouldBe(Write(rule));
        again.Split.Shares.ShouldBe(rule.Split.Shares);
        Evaluate(again, "ada").ShouldBe(("news", FlagReason.TargetingMatch));
    }

    [Theory]
    [InlineData("""{"type": "colour"}""", "rule.type")]
    [InlineData("""{"type": "int", "variants": {"low": 1.5}, "default": "low"}""", "rule.variants.low")]
    [InlineData("""{"type": "float", "variants": {"low": "1"}, "default": "low"}""", "rule.variants.low")]
    [InlineData("""{"type": "string", "default": "x"}""", "rule.variants")]
    [InlineData("""{"type": "bool", "default": "maybe"}""", "rule.default")]
    [InlineData("""{"type": "bool", "off": "maybe"}""", "rule.off")]
    [InlineData("""{"type": "bool", "overrides": {"maybe": []}}""", "rule.overrides.maybe")]
    [InlineData("""{"type": "bool", "overrides": {"on": ["a"], "off": ["a"]}}""", "rule.overrides.off")]
    [InlineData("""{"type": "bool", "overrides": {"on": [7]}}""", "rule.overrides.on")]
    [InlineData("""{"type": "bool", "split": [{"variant": "on", "percent": 101}]}""", "rule.split[0].percent")]
    [InlineData("""{"type": "bool", "split": [{"variant": "on", "percent": 60}, {"variant": "off", "percent": 60}]}""", "rule.split")]
    [InlineData("""{"type": "bool", "split": [{"variant": "on", "percent": 1}, {"variant": "on", "percent": 1}]}""", "rule.split")]
    [InlineData("""{"type": "bool", "split": {"on": 25}}""", "rule.split")]
    [InlineData("""{"type": "bool", "targeting": [{"variant": "on"}]}""", "rule.targeting[0].if")]
    [InlineData("""{"type": "bool", "targeting": [{"if": true, "variant": "on", "split": []}]}""", "rule.targeting[0].variant")]
    [InlineData("""{"type": "bool", "enabled": "yes"}""", "rule.enabled")]
    [InlineData("""{"type": "bool", "apply": "start"}""", "rule.apply")]
    [InlineData("""{"type": "bool", "percentage": 5}""", "rule.percentage")]
    [InlineData("""[]""", "rule")]
    public void A_fault_is_told_with_its_place(string json, string field) => Faults(json).Select(fault => fault.Field).ShouldContain(field);

    [Fact]
    public void All_faults_are_told_at_once() =>
        Faults("""{"type": "bool", "default": "x", "off": "y", "salt": 1, "more": 2, "targeting": [{"if": {"a": 1}}]}""").Count.ShouldBeGreaterThanOrEqualTo(6);

    [Fact]
    public void A_rule_for_a_setting_has_values_of_the_setting()
    {
        var transport = FlagSchema.Product.Get(FlagNames.DashboardTransport)!;

        Faults("""{"type": "bool"}""", transport).Select(fault => fault.Field).ShouldContain("rule.type");
        Faults("""{"variants": {"ws": "ws", "pigeon": "pigeon"}, "default": "ws"}""", transport).Select(fault => fault.Field).ShouldBe(["rule.variants.pigeon"]);
        Faults("""{"variants": {"ws": "ws", "realtime": "realtime"}, "default": "ws"}""", transport).ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_is_sent_is_judged_and_what_is_found_good_can_be_evaluated_and_written() => Prop.ForAll(
        SomeRule().ToArbitrary(),
        json =>
        {
            var faults = new List<FlagFault>();
            var rule = FlagRuleReader.Read(Json(json), null, faults);
            if (faults.Count == 0)
            {
                FlagEvaluator.Evaluate("any", rule, new FlagContext("ada", Json("""{"plan": "pro"}""")), explain: true).Value.ShouldNotBeNull();
                Write(Read(Write(rule))).ShouldBe(Write(rule));
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>An object with members of rules, most of them with something that may stand there.</summary>
    private static Gen<string> SomeRule()
    {
        var value = Gen.Elements("true", "1", "\"on\"", "\"off\"", "null", "[]", "{}", "\"bool\"", "\"json\"", "[{\"variant\": \"on\", \"percent\": 12.5}]",
            "{\"on\": true, \"off\": 7}", "{\"on\": [\"ada\"]}", "[{\"if\": {\"var\": \"plan\"}, \"variant\": \"on\"}]", "[{\"if\": {\"==\": [1]}, \"split\": []}]", "1e400", "-0.1");
        var name = Gen.Elements("type", "description", "variants", "default", "off", "enabled", "overrides", "targeting", "split", "salt", "apply", "more");
        var member = from key in name from given in value select (key, given);
        return from members in member.ListOf() select $"{{{string.Join(',', members.DistinctBy(one => one.key).Select(one => $"\"{one.key}\": {one.given}"))}}}";
    }

    private static (string? Variant, FlagReason Reason) Evaluate(FlagRule rule, string? key, string attributes = "{}")
    {
        var evaluation = FlagEvaluator.Evaluate("banner", rule, new FlagContext(key, Json(attributes)));
        evaluation.Value!.Value.GetRawText().ShouldBe(rule.ValueOf(evaluation.Variant!).GetRawText());
        return (evaluation.Variant, evaluation.Reason);
    }

    private static FlagRule Read(string json)
    {
        var faults = new List<FlagFault>();
        var rule = FlagRuleReader.Read(Json(json), null, faults);
        faults.ShouldBeEmpty();
        return rule;
    }

    private static List<FlagFault> Faults(string json, FlagDefinition? definition = null)
    {
        var faults = new List<FlagFault>();
        FlagRuleReader.Read(Json(json), definition, faults);
        return faults;
    }

    private static string Write(FlagRule rule) => Json(new FlagDocument(null, rule).ToJson()).GetProperty("rule").GetRawText();

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
