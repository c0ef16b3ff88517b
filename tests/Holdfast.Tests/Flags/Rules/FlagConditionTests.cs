using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Flags.Rules;

namespace Holdfast.Tests.Flags.Rules;

public class FlagConditionTests
{
    private const string Ada = """{"targetingKey": "ada", "plan": "pro", "age": 36, "beta": true, "id": 9007199254740993, "app": {"version": "2.10.0-rc.1"}, "groups": ["staff", 7]}""";

    [Theory]
    [InlineData("""true""", true)]
    [InlineData("""false""", false)]
    [InlineData("""{"==": [{"var": "plan"}, "pro"]}""", true)]
    [InlineData("""{"===": [{"var": "plan"}, "Pro"]}""", false)]
    [InlineData("""{"!=": [{"var": "plan"}, "free"]}""", true)]
    [InlineData("""{"!==": [{"var": "plan"}, "pro"]}""", false)]
    [InlineData("""{"==": [{"var": "targetingKey"}, "ada"]}""", true)]
    [InlineData("""{"==": [{"var": "age"}, 36.0]}""", true)]
    [InlineData("""{"==": [{"var": "age"}, "36"]}""", false)] // nothing is converted
    [InlineData("""{"==": [{"var": "id"}, 9007199254740992]}""", false)] // one double, two numbers
    [InlineData("""{"==": [{"var": "missing"}, null]}""", true)]
    [InlineData("""{"==": [{"var": ["missing", "else"]}, "else"]}""", true)]
    [InlineData("""{"==": [{"var": "groups"}, {"var": "groups"}]}""", false)] // lists are equal to nothing
    [InlineData("""{"==": [true, {"var": "beta"}]}""", true)]
    [InlineData("""{"<": [{"var": "age"}, 37]}""", true)]
    [InlineData("""{"<": [30, {"var": "age"}, 36]}""", false)]
    [InlineData("""{"<=": [30, {"var": "age"}, 36]}""", true)]
    [InlineData("""{">": [{"var": "age"}, 36]}""", false)]
    [InlineData("""{">=": [{"var": "age"}, 36]}""", true)]
    [InlineData("""{"<": [{"var": "plan"}, 5]}""", false)] // a text has no place among numbers
    [InlineData("""{"in": [{"var": "plan"}, ["free", "pro"]]}""", true)]
    [InlineData("""{"in": ["staff", {"var": "groups"}]}""", true)]
    [InlineData("""{"in": [8, {"var": "groups"}]}""", false)]
    [InlineData("""{"in": ["r", {"var": "plan"}]}""", true)]
    [InlineData("""{"in": ["r", {"var": "age"}]}""", false)]
    [InlineData("""{"starts_with": [{"var": "plan"}, "pr"]}""", true)]
    [InlineData("""{"ends_with": [{"var": "plan"}, "pr"]}""", false)]
    [InlineData("""{"sem_ver": [{"var": "app.version"}, ">=", "2.9.0"]}""", true)]
    [InlineData("""{"sem_ver": [{"var": "app.version"}, "<", "2.10.0"]}""", true)] // before its release
    [InlineData("""{"sem_ver": [{"var": "app.version"}, "^", "2.0.0"]}""", true)]
    [InlineData("""{"sem_ver": [{"var": "app.version"}, "~", "2.9.0"]}""", false)]
    [InlineData("""{"sem_ver": [{"var": "plan"}, "=", "2.9.0"]}""", false)]
    [InlineData("""{"and": [{"var": "beta"}, {">": [{"var": "age"}, 18]}]}""", true)]
    [InlineData("""{"and": [{"var": "beta"}, {"var": "missing"}]}""", false)]
    [InlineData("""{"or": [{"var": "missing"}, {"var": "groups"}]}""", true)]
    [InlineData("""{"!": {"var": "beta"}}""", false)]
    [InlineData("""{"!": [{"var": "missing"}]}""", true)]
    public void A_condition_holds_or_not(string condition, bool holds) => Read(condition).Holds(Json(Ada)).ShouldBe(holds);

    [Theory]
    [InlineData("1.0.0-alpha", "1.0.0-alpha.1")]
    [InlineData("1.0.0-alpha.1", "1.0.0-alpha.beta")]
    [InlineData("1.0.0-alpha.beta", "1.0.0-beta")]
    [InlineData("1.0.0-beta.2", "1.0.0-beta.11")]
    [InlineData("1.0.0-rc.1", "1.0.0")]
    [InlineData("v1.9.0", "1.10.0+build.5")]
    public void Versions_are_in_the_order_of_semver(string earlier, string later) =>
        SemanticVersion.Compare(SemanticVersion.Parse(earlier)!, SemanticVersion.Parse(later)!).ShouldBeLessThan(0);

    [Theory]
    [InlineData("""{"matches": [{"var": "plan"}, ".*"]}""", "There is no operator matches")]
    [InlineData("""{"==": [1]}""", "two values")]
    [InlineData("""{"==": [1, 2], "!=": [1, 2]}""", "one operator")]
    [InlineData("""[]""", "one operator")]
    [InlineData("""{"and": []}""", "list of conditions")]
    [InlineData("""{"<": [1, 2, 3, 4]}""", "two or three")]
    [InlineData("""{"==": [{"var": ""}, 1]}""", "name of an attribute")]
    [InlineData("""{"==": [{"log": "x"}, 1]}""", "{\"var\": \"name\"}")]
    [InlineData("""{"in": [1, [[1]]]}""", "A list of texts")]
    [InlineData("""{"sem_ver": [{"var": "v"}, "~>", "1.0.0"]}""", "Comparisons")]
    [InlineData("""{"sem_ver": [{"var": "v"}, ">", "1.0"]}""", "three numbers")]
    public void A_condition_that_cannot_be_read_says_what_is_wanted(string condition, string says)
    {
        var faults = Faults(condition);

        faults.ShouldHaveSingleItem().Message.ShouldContain(says);
    }

    [Fact]
    public void Every_fault_is_listed_with_its_place()
    {
        var faults = Faults("""{"and": [{"==": [1]}, {"or": [{"nope": 1}, {"var": "fine"}]}]}""");

        faults.Select(fault => fault.Field).ShouldBe(["if.and[0].==", "if.and[1].or[0]"]);
    }

    [Fact]
    public void A_condition_is_not_deeper_than_is_allowed()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"!\": ", 20)) + "true" + new string('}', 20);

        Faults(deep).ShouldHaveSingleItem().Message.ShouldContain($"at most {FlagLimits.ConditionDepthMax} deep");
    }

    [Fact]
    public void A_condition_is_not_larger_than_is_allowed()
    {
        var wide = $$"""{"or": [{{string.Join(',', Enumerable.Repeat("true", 10_000))}}]}""";
        var list = $$"""{"in": [1, [{{string.Join(',', Enumerable.Repeat("1", 10_000))}}]]}""";

        Faults(wide).ShouldHaveSingleItem().Message.ShouldContain($"at most {FlagLimits.ConditionNodesMax} parts");
        Faults(list).ShouldHaveSingleItem().Message.ShouldContain($"at most {FlagLimits.ConditionNodesMax} parts");
    }

    [Fact]
    public void Whatever_the_condition_and_the_context_are_there_is_an_answer() => Prop.ForAll(
        (from condition in SomeJson(3)
         from context in SomeJson(2)
         select (condition, context)).ToArbitrary(),
        pair => Should.NotThrow(() => Read(pair.condition, new List<FlagFault>()).Holds(Json(pair.context))) || true).QuickCheckThrowOnFailure();

    private static Gen<string> SomeJson(int depth)
    {
        var leaf = Gen.Elements("1", "-1e300", "\"a\"", "\"2.1.0\"", "true", "null", "\"\\ud800\"", "[]", "{}");
        if (depth == 0)
        {
            return leaf;
        }

        var list = SomeJson(depth - 1).ListOf().Select(items => $"[{string.Join(',', items.Take(3))}]");
        var names = Gen.Elements("and", "or", "!", "==", "<", "in", "var", "sem_ver", "starts_with", "a", "plan");
        var one = from name in names from value in Gen.OneOf(list, SomeJson(depth - 1)) select $$"""{"{{name}}": {{value}}}""";
        return Gen.OneOf(leaf, list, one);
    }

    private static FlagCondition Read(string json)
    {
        var faults = new List<FlagFault>();
        var condition = Read(json, faults);
        faults.ShouldBeEmpty();
        return condition;
    }

    private static FlagCondition Read(string json, List<FlagFault> faults) => new FlagConditionJson(faults).Read(Json(json), "if");

    private static List<FlagFault> Faults(string json)
    {
        var faults = new List<FlagFault>();
        Read(json, faults);
        return faults;
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
