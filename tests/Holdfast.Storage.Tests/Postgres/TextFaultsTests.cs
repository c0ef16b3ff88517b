using System.Text;
using Holdfast.Postgres.Store;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class TextFaultsTests
{
    [Theory]
    [InlineData("""{"a":"\u0000"}""", true)]
    [InlineData("""{"a\u0000":1}""", true)]
    [InlineData("""{"a":"\\\u0000"}""", true)]
    [InlineData("""{"a":"\\u0000"}""", false)]
    [InlineData("""{"a":"\\\\u0000"}""", false)]
    [InlineData("""{"a":"\\u0000\u0000"}""", true)]
    [InlineData("""{"a":"\u0001"}""", false)]
    [InlineData("{}", false)]
    public void An_escaped_NUL_is_told_from_an_escaped_backslash(string json, bool expected) =>
        TextFaults.HoldsEscapedNul(Encoding.UTF8.GetBytes(json)).ShouldBe(expected);

    [Fact]
    public void The_fault_names_code_and_column()
    {
        TextFaults.Of(Batches.Event(data: """{"a":"\u0000"}""")).ShouldNotBeNull().ShouldSatisfyAllConditions(
            fault => fault.Code.ShouldBe("22P05"), fault => fault.ColumnName.ShouldBe("data"));
        TextFaults.Of(Batches.Event(source: "a\0b")).ShouldNotBeNull().ShouldSatisfyAllConditions(
            fault => fault.Code.ShouldBe("22021"), fault => fault.ColumnName.ShouldBe("source"));
        TextFaults.Of(Batches.Event()).ShouldBeNull();
    }
}
