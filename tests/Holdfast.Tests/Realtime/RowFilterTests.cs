using Holdfast.Realtime.Changes;

namespace Holdfast.Tests.Realtime;

/// <summary>Conditions asked of rows. What they mean to PostgreSQL is compared with it in the storage tests.</summary>
public sealed class RowFilterTests
{
    private static readonly ChangeTable Things = new(
        "s",
        "things",
        [
            new("name", ColumnType.Text), new("n", ColumnType.Int8), new("x", ColumnType.Float8), new("ok", ColumnType.Bool), new("at", ColumnType.Instant),
            new("day", ColumnType.Date), new("id", ColumnType.Uuid), new("doc", ColumnType.Json),
        ],
        ["id"]);

    [Theory]
    [InlineData("name=like.a%", "abc", true)]
    [InlineData("name=like.%b%", "abc", true)]
    [InlineData("name=like.a_c", "abc", true)]
    [InlineData("name=like.a_c", "a🚀c", true)]
    [InlineData("name=like.%", "", true)]
    [InlineData("name=like._", "", false)]
    [InlineData("name=like.A%", "abc", false)]
    [InlineData("name=ilike.A%", "abc", true)]
    [InlineData(@"name=like.100\%", "100%", true)]
    [InlineData(@"name=like.100\%", "1000", false)]
    [InlineData("name=like.%a%b%c%", "xxaxxbxxc", true)]
    [InlineData("name=like.%ab", "aab", true)]
    [InlineData("name=not.like.a%", "abc", false)]
    [InlineData("name=match.^a.c$", "abc", true)]
    [InlineData("name=imatch.B", "abc", true)]
    [InlineData("name=in.(x,abc)", "abc", true)]
    [InlineData("name=not.in.(x,abc)", "other", true)]
    [InlineData("name=not.in.(x,NULL)", "other", false)]
    public void Texts_are_compared_and_matched(string filter, string value, bool passes) => Passes(filter, ColumnValue.Text(value)).ShouldBe(passes);

    [Theory]
    [InlineData("name=eq.a", false)]
    [InlineData("name=not.eq.a", false)]
    [InlineData("name=neq.a", false)]
    [InlineData("name=like.%", false)]
    [InlineData("name=in.(a)", false)]
    [InlineData("name=is.null", true)]
    [InlineData("name=not.is.null", false)]
    [InlineData("name=isdistinct.a", true)]
    [InlineData("name=not.isdistinct.a", false)]
    [InlineData("ok=is.unknown", true)]
    [InlineData("ok=is.true", false)]
    [InlineData("ok=not.is.true", true)]
    public void Of_what_is_null_nothing_is_known_unless_it_is_asked_for(string filter, bool passes)
    {
        var column = filter.StartsWith("ok", StringComparison.Ordinal) ? ColumnType.Bool : ColumnType.Text;

        Passes(filter, ColumnValue.Null(column)).ShouldBe(passes);
    }

    [Theory]
    [InlineData("nope=eq.1", "invalid column for filter nope")]
    [InlineData("n=eq.one", "invalid input syntax for type int8: \"one\"")]
    [InlineData("id=eq.1", "invalid input syntax for type uuid: \"1\"")]
    [InlineData("at=gt.soon", "invalid input syntax for type timestamptz: \"soon\"")]
    [InlineData("doc=eq.{", "invalid input syntax for type jsonb: \"{\"")]
    [InlineData("n=like.1%", "operator like requires a text-compatible column type, got int8")]
    [InlineData("name=is.true", "is true filter requires a boolean column, got text")]
    [InlineData("name=is.maybe", "invalid value for is filter: must be null, true, false, or unknown")]
    [InlineData("doc=lt.1", "operator lt requires a column type with an order, got jsonb")]
    [InlineData("name=match.(", "invalid regular expression for match filter: it cannot be read")]
    [InlineData("name=match.(?<=a)b", "invalid regular expression for match filter: it looks ahead or back, which is not supported")]
    [InlineData("name=match.((a{100}){100}){100}", "invalid regular expression for match filter: at most 1000 repetitions")]
    public void What_can_never_be_asked_of_a_row_is_refused_before(string filter, string fault) =>
        RowFilter.Bind(FilterText.Parse(filter).Conditions.Single(), Things, out _).ShouldBe(fault);

    [Fact]
    public void A_list_and_a_pattern_are_bounded()
    {
        Fault($"name=in.({string.Join(',', Enumerable.Range(0, 101))})").ShouldBe("too many values for `in` filter. Maximum 100");
        Fault($"name=match.{new string('a', 201)}").ShouldNotBeNull().ShouldContain("at most 200 characters");
    }

    [Fact]
    public void A_pattern_that_would_take_for_ever_elsewhere_takes_no_time()
    {
        var text = new string('a', 100_000);

        Passes("name=match.^(a+)+$", ColumnValue.Text(text + "!")).ShouldBeFalse();
        Passes("name=match.(a|aa)+(a|aa)+b", ColumnValue.Text(text)).ShouldBeFalse();
        Passes("name=like.%a%a%a%a%b", ColumnValue.Text(text)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("doc=eq.{\"b\":[1],\"a\":2}", true)]
    [InlineData("doc=eq.{\"a\":2}", false)]
    [InlineData("doc=neq.{\"a\":2}", true)]
    public void Documents_are_equal_whatever_their_order(string filter, bool passes) => Passes(filter, ColumnValue.Json("""{"a":2,"b":[1]}""")).ShouldBe(passes);

    private static string? Fault(string filter) => RowFilter.Bind(FilterText.Parse(filter).Conditions.Single(), Things, out _);

    private static bool Passes(string filter, ColumnValue value)
    {
        var at = filter.IndexOf('=', StringComparison.Ordinal);
        var condition = FilterText.Parse(filter).Conditions is [var one] ? one : new FilterCondition(filter[..at], FilterOperator.Eq, filter[(at + 4)..], Negated: false);
        RowFilter.Bind(condition, Things, out var bound).ShouldBeNull();
        return bound!.Matches(value);
    }
}
