using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public sealed class EventRedactionTests
{
    [Theory]
    [InlineData("password", """{"password":"hunter2","user":"ana"}""", """{"password":"***","user":"ana"}""")]
    [InlineData("password", """{"a":{"b":[{"PassWord":{"x":[1,2]}},{"c":1}]}}""", """{"a":{"b":[{"PassWord":"***"},{"c":1}]}}""")]
    [InlineData("card.number", """{"card":{"number":4111,"name":"ana"},"number":5}""", """{"card":{"number":"***","name":"ana"},"number":5}""")]
    [InlineData("card.number", """{"order":{"card":[{"number":4111}]}}""", """{"order":{"card":[{"number":"***"}]}}""")]
    [InlineData("a,b", """{"a":null,"b":true,"c":{"a":1.5e3}}""", """{"a":"***","b":"***","c":{"a":"***"}}""")]
    [InlineData("token", """{"token":{"token":"x"},"z":1}""", """{"token":"***","z":1}""")]
    [InlineData("pass word", """{"pass\u0020word":"x"}""", """{"pass\u0020word":"***"}""")]
    public void What_is_named_is_masked_wherever_it_stands(string rules, string json, string masked) =>
        Apply(rules, json).ShouldBe(masked);

    [Theory]
    [InlineData("password", """{"user":"password","passwords":1}""")]
    [InlineData("card.number", """{"card":1,"number":2,"x":{"number":3},"cards":{"number":4}}""")]
    [InlineData("a.b.c", """{"b":{"c":1}}""")]
    public void Everything_else_stays_as_it_is(string rules, string json) =>
        Apply(rules, json).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    public void Without_rules_there_is_nothing_to_do(string rules) => EventRedaction.Of(rules).ShouldBeNull();

    [Theory]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    public void A_rule_without_a_name_is_a_fault(string rules) => EventRedaction.FaultOf(rules).ShouldNotBeNull();

    private static string? Apply(string rules, string json) =>
        EventRedaction.Of(rules).ShouldNotBeNull().Apply(Encoding.UTF8.GetBytes(json)) is { } masked ? Encoding.UTF8.GetString(masked) : null;
}
