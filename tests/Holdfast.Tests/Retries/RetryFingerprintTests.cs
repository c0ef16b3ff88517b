using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryFingerprintTests
{
    [Theory]
    [InlineData("order 17 not found", "order 4711 not found")]
    [InlineData("order 'a b' not found", "order 'c' not found")]
    [InlineData("no answer from 10.0.0.1:8080 after 1,5 s", "no answer from 10.0.0.17:9090 after 12 s")]
    [InlineData("row 0195b9a0-1111-7000-8000-000000000001", "row 0195b9a0-2222-7abc-8000-00000000000f")]
    public void Failures_that_differ_in_their_values_have_one_cause(string one, string other) =>
        Of(one).ShouldBe(Of(other));

    [Fact]
    public void Another_operation_another_kind_another_text_or_another_place_is_another_cause() => new[]
    {
        RetryFingerprint.Of("sql_operation", "TimeoutException", "no answer", "at Shop.Orders.Pay()"),
        RetryFingerprint.Of("http_callback", "TimeoutException", "no answer", "at Shop.Orders.Pay()"),
        RetryFingerprint.Of("sql_operation", "IOException", "no answer", "at Shop.Orders.Pay()"),
        RetryFingerprint.Of("sql_operation", "TimeoutException", "no reply", "at Shop.Orders.Pay()"),
        RetryFingerprint.Of("sql_operation", "TimeoutException", "no answer", frame: null),
    }.ShouldBeUnique();

    [Fact]
    public void A_message_of_any_length_takes_no_time() =>
        RetryFingerprint.Template(new string('"', 1_000_000)).Length.ShouldBeLessThanOrEqualTo(500);

    private static string Of(string message) => RetryFingerprint.Of("http_callback", "status 500", message, frame: null);
}
