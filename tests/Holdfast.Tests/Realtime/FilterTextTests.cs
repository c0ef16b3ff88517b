using Holdfast.Realtime.Changes;

namespace Holdfast.Tests.Realtime;

/// <summary>Filters as clients write them.</summary>
public sealed class FilterTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("   ", "")]
    [InlineData("subject=eq.hey", """{"subject", "eq", "hey", false}""")]
    [InlineData(" id=gt.0 , id=lt.100 ", """{"id", "gt", "0", false} {"id", "lt", "100", false}""")]
    [InlineData("id=not.eq.5", """{"id", "eq", "5", true}""")]
    [InlineData("a=eq.", """{"a", "eq", "", false}""")]
    [InlineData("a=eq.b=c.d", """{"a", "eq", "b=c.d", false}""")]
    [InlineData("a=in.(x,y),b=is.null", """{"a", "in", "(x,y)", false} {"b", "is", "null", false}""")]
    [InlineData("a=in.(\"x,y\",z)", """{"a", "in", "(\"x,y\",z)", false}""")]
    [InlineData("a=eq.\"x,y\",b=eq.1", """{"a", "eq", "x,y", false} {"b", "eq", "1", false}""")]
    [InlineData("""a=eq."say \"hi\" \\",b=neq.2""", """{"a", "eq", "say \"hi\" \\", false} {"b", "neq", "2", false}""")]
    [InlineData("a=eq.5\" tall,b=eq.1", """{"a", "eq", "5\" tall", false} {"b", "eq", "1", false}""")]
    [InlineData("a=eq.\"x\"y", """{"a", "eq", "\"x\"y", false}""")]
    [InlineData("a=like.100%,a=ilike._b,a=match.^x,a=imatch.y$,a=isdistinct.z", """{"a", "like", "100%", false} {"a", "ilike", "_b", false} {"a", "match", "^x", false} {"a", "imatch", "y$", false} {"a", "isdistinct", "z", false}""")]
    public void They_are_conditions_all_of_which_must_hold(string filter, string conditions)
    {
        var parse = FilterText.Parse(filter);

        parse.Fault.ShouldBeNull();
        string.Join(' ', parse.Conditions).ShouldBe(conditions);
    }

    [Theory]
    [InlineData("undefined", "[\"undefined\"]")]
    [InlineData("subject=foo.hey", "[\"foo\", \"hey\"]")]
    [InlineData("id=5", "[\"5\"]")]
    [InlineData("id=not.5", "[\"5\"]")]
    [InlineData("a=eq.1,,b=eq.2", "filter must not contain empty segments (check for extra commas)")]
    [InlineData("a=eq.1,", "filter must not contain empty segments (check for extra commas)")]
    [InlineData("a=in.x", "`in` filter value must be wrapped by parentheses")]
    [InlineData("a=EQ.1", "[\"EQ\", \"1\"]")]
    public void What_is_none_is_told_in_the_words_of_others(string filter, string fault) => FilterText.Parse(filter).Fault.ShouldBe(fault);

    [Fact]
    public void They_are_bounded()
    {
        FilterText.Parse(string.Join(',', Enumerable.Repeat("a=eq.1", 21))).Fault.ShouldNotBeNull().ShouldContain("20");
        FilterText.Parse("a=eq." + new string('x', 2_048)).Fault.ShouldNotBeNull().ShouldContain("2048");
    }

    [Theory]
    [InlineData("()", "")]
    [InlineData("(a,b)", "a|b")]
    [InlineData("(\"a,b\",\"c\\\"d\")", "a,b|c\"d")]
    [InlineData("(NULL,\"NULL\")", "(null)|NULL")]
    [InlineData("(a,)", "a|")]
    public void A_list_is_its_values(string list, string values) =>
        string.Join('|', FilterText.Values(list).ShouldNotBeNull().Select(value => value ?? "(null)")).ShouldBe(values);

    [Theory]
    [InlineData("a,b")]
    [InlineData("(a,b")]
    [InlineData("(\"a)")]
    [InlineData("(\"a\"b)")]
    public void What_is_no_list_has_none(string list) => FilterText.Values(list).ShouldBeNull();
}
