using System.Text.Json;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryPolicyJsonTests
{
    [Fact]
    public void What_a_policy_does_not_say_is_as_in_the_one_that_is_built_in()
    {
        var policy = Read("""{"sql_operation": {"max_retries": 7, "jitter": 0}}""")["sql_operation"];

        policy.MaxRetries.ShouldBe(7);
        policy.InitialDelay.ShouldBe(TimeSpan.FromSeconds(2));
        Enumerable.Range(1, 6).Select(attempt => policy.DelayAfter(attempt, () => 0.5).TotalSeconds).ShouldBe([2, 4, 8, 16, 32, 60]);
    }

    [Fact]
    public void A_type_of_the_application_starts_from_the_fallback()
    {
        var policy = RetryPolicyJson.Read(Parse("""{"mail": {"non_retryable": ["unknown user"]}}"""), new RetryPolicy { MaxRetries = 9 })["mail"];

        policy.MaxRetries.ShouldBe(9);
        policy.NonRetryable.ShouldBe(["unknown user"]);
    }

    [Fact]
    public void Every_fault_is_told_with_its_place() => RetryPolicyJson.Fault(Parse(
        """{"a": {"max_retries": 0, "timeout_seconds": "x", "wait": 1}, "b": 3, "c": {"non_retryable": [1]}}"""))!.Split("; ").ShouldBe(
        [
            "a.max_retries must be a whole number from 1 to 1000",
            "a.timeout_seconds must be a number from 1 to 86400",
            "a.wait is not a setting of a policy",
            "b must be an object",
            "c.non_retryable must be a list of words",
        ]);

    [Theory]
    [InlineData("[]")]
    [InlineData("3")]
    public void Policies_are_an_object(string policies) => RetryPolicyJson.Fault(Parse(policies)).ShouldBe("must be an object of policies by operation type");

    private static IReadOnlyDictionary<string, RetryPolicy> Read(string policies) => RetryPolicyJson.Read(Parse(policies), new RetryPolicy());

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
