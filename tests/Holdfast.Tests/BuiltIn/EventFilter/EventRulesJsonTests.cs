using System.Text;
using System.Text.Json.Nodes;
using Holdfast.BuiltIn.EventFilter;

namespace Holdfast.Tests.BuiltIn.EventFilter;

public class EventRulesJsonTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        EventRule[] rules =
        [
            new("losses", "store.*", null, new EventDestination(null), Enabled: true),
            new("big", "order.placed", new EventCondition("order.size", "\"big\""), new EventDestination("order.big"), Enabled: false),
            new("alert", "*", null, new EventDestination(null, "lobby"), Enabled: true) { Text = "{event_type}!" },
            new("whisper", "*", null, new EventDestination(null, "lobby", "ann/other"), Enabled: true),
        ];

        var read = EventRulesJson.Read(EventRulesJson.Write(rules));

        read.Faults.ShouldBeEmpty();
        read.Rules.ShouldBe(rules);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"rules":[],"rules":[]}""", "body")]
    [InlineData("""{"rules":[],"more":1}""", "body")]
    [InlineData("""{"rules":[1]}""", "rules[0]")]
    [InlineData("""{"rules":[{"name":"","pattern":"a","destination":"record"}]}""", "rules[0].name")]
    [InlineData("""{"rules":[{"name":"a","pattern":7,"destination":"record"}]}""", "rules[0].pattern")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"publish:"}]}""", "rules[0].destination")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"publish:a.*"}]}""", "rules[0].destination")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"room:"}]}""", "rules[0].destination")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"pm:lobby"}]}""", "rules[0].destination")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"record","text":"a"}]}""", "rules[0].text")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"room:a","text":""}]}""", "rules[0].text")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"record","enabled":1}]}""", "rules[0].enabled")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"record","condition":{"field":"b","equals":[]}}]}""", "rules[0].condition.equals")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"record","colour":1}]}""", "rules[0].colour")]
    [InlineData("""{"rules":[{"name":"a","pattern":"a","destination":"record"},{"name":"a","pattern":"b","destination":"record"}]}""", "rules")]
    public void A_fault_is_named_by_its_place(string json, string field) =>
        EventRulesJson.Read(Encoding.UTF8.GetBytes(json)).Faults.ShouldHaveSingleItem().Field.ShouldBe(field);

    [Fact]
    public void More_rules_than_a_hundred_are_refused()
    {
        static string Rules(int count) => $$"""{"rules":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"name":"{{i}}","pattern":"a","destination":"record"}"""))}}]}""";

        EventRulesJson.Read(Encoding.UTF8.GetBytes(Rules(100))).Faults.ShouldBeEmpty();
        EventRulesJson.Read(Encoding.UTF8.GetBytes(Rules(101))).Faults.ShouldHaveSingleItem().Field.ShouldBe("rules");
    }

    [Theory]
    [InlineData("state", "\"open\"", true)]
    [InlineData("state", "\"Open\"", false)]
    [InlineData("order.size", "7", true)]
    [InlineData("order.size", "7.0", true)]
    [InlineData("order.size", "\"7\"", false)]
    [InlineData("order.paid", "null", true)]
    [InlineData("order.nothing", "null", false)]
    [InlineData("state.inner", "null", false)]
    public void A_condition_looks_at_one_member(string field, string equals, bool holds) =>
        new EventCondition(field, equals).Holds((JsonObject)JsonNode.Parse("""{"state":"open","order":{"size":7,"paid":null}}""")!).ShouldBe(holds);
}
