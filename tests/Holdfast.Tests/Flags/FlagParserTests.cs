using System.Text.Json;
using Holdfast.Flags;

namespace Holdfast.Tests.Flags;

public class FlagParserTests
{
    private static readonly FlagDefinition Bool = new("B", FlagType.Bool, false, "");
    private static readonly FlagDefinition Int = new("I", FlagType.Int, 1L, "") { Validator = FlagValidators.AtLeast(1) };
    private static readonly FlagDefinition Float = new("F", FlagType.Float, 0.5, "");
    private static readonly FlagDefinition Secret = new("S", FlagType.String, "", "") { Secret = true, Validator = _ => "must be longer" };

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("1", true)]
    [InlineData("Yes", true)]
    [InlineData("on", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("NO", false)]
    [InlineData("off", false)]
    public void A_truth_has_four_words_for_each_side(string text, bool expected) =>
        FlagParser.Text(Bool, text).Value.ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("maybe")]
    [InlineData(" true")]
    [InlineData("2")]
    public void Any_other_word_is_a_fault_and_not_a_silent_no(string text)
    {
        var parsed = FlagParser.Text(Bool, text);

        parsed.Value.ShouldBeNull();
        parsed.Fault.ShouldNotBeNull().ShouldContain($"\"{text}\"");
    }

    [Theory]
    [InlineData("12.0")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("99999999999999999999")]
    public void A_whole_number_has_digits_and_nothing_else(string text) =>
        FlagParser.Text(Int, text).WrongType.ShouldBeTrue();

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    public void A_number_is_finite(string text) => FlagParser.Text(Float, text).WrongType.ShouldBeTrue();

    [Fact]
    public void A_refused_value_is_quoted_beside_what_would_be_right() =>
        FlagParser.Text(Int, "0").Fault.ShouldBe("must be at least 1, not \"0\"");

    [Fact]
    public void The_value_of_a_secret_stands_in_no_fault() =>
        FlagParser.Text(Secret, "hunter2").Fault.ShouldBe("must be longer");

    [Fact]
    public void In_JSON_text_that_looks_like_a_number_is_not_one()
    {
        using var document = JsonDocument.Parse("""{"a": "12", "b": 12}""");

        FlagParser.Json(Int, document.RootElement.GetProperty("a")).WrongType.ShouldBeTrue();
        FlagParser.Json(Int, document.RootElement.GetProperty("b")).Value.ShouldBe(12L);
    }

    [Fact]
    public void Code_may_give_any_type_of_number()
    {
        FlagParser.Object(Int, 12).Value.ShouldBe(12L);
        FlagParser.Object(Float, 12).Value.ShouldBe(12.0);
        FlagParser.Object(Int, 12.5).WrongType.ShouldBeTrue();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    public void An_address_may_be_bound(string address) => FlagValidators.Address(address).ShouldBeNull();

    [Theory]
    [InlineData("localhost")]
    [InlineData("")]
    public void A_name_is_no_address(string address) => FlagValidators.Address(address).ShouldNotBeNull();

    [Theory]
    [InlineData("MONITORING_BATCHSIZE", "MONITORING_BATCH_SIZE")]
    [InlineData("monitoring_batch_size", "MONITORING_BATCH_SIZE")]
    [InlineData("HOLDFAST_DATE", "HOLDFAST_DATA")]
    public void A_slip_of_the_pen_is_recognised(string written, string meant) =>
        NearestName.Find(written, FlagSchema.Product.GetAll().Select(flag => flag.Name)).ShouldBe(meant);

    [Fact]
    public void Another_word_is_not_taken_for_a_slip() =>
        NearestName.Find("HOLDFAST_COFFEE_MACHINE", FlagSchema.Product.GetAll().Select(flag => flag.Name)).ShouldBeNull();
}
