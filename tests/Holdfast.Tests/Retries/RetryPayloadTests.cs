using System.Text;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryPayloadTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("""{"sql": "select 1", "text": "a\\u0000b"}""")]
    [InlineData("\"ü€😀\"")]
    public void A_payload_is_any_json(string json) => FaultOf(json).ShouldBeNull();

    [Theory]
    [InlineData("\"a\\u0000\"", "NUL")]
    [InlineData("{\"a\\u0000\": 1}", "NUL")]
    [InlineData("\"\\ud800\"", "JSON")]
    [InlineData("{", "JSON")]
    public void What_no_database_could_hold_is_refused(string json, string why) => FaultOf(json).ShouldNotBeNull().ShouldContain(why);

    [Fact]
    public void A_payload_has_a_mebibyte()
    {
        FaultOf($"\"{new string('x', RetryPayload.BytesMax - 2)}\"").ShouldBeNull();
        FaultOf($"\"{new string('x', RetryPayload.BytesMax - 1)}\"").ShouldNotBeNull();
    }

    [Fact]
    public void A_payload_nested_deeper_than_64_is_refused() => FaultOf(new string('[', 65) + new string(']', 65)).ShouldNotBeNull();

    private static string? FaultOf(string json) => RetryPayload.FaultOf(Encoding.UTF8.GetBytes(json));
}
