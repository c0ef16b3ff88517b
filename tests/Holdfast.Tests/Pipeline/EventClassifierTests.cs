using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public class EventClassifierTests
{
    private readonly EventClassifier _classifier = new();

    [Theory]
    [InlineData("health_check", EventCategory.Critical)]
    [InlineData("circuit_breaker_open", EventCategory.Critical)]
    [InlineData("circuit_breaker_close", EventCategory.Critical)]
    [InlineData("failure", EventCategory.Critical)]
    [InlineData("cache_metrics", EventCategory.Performance)]
    [InlineData("response_time", EventCategory.Performance)]
    [InlineData("session_metrics", EventCategory.UserActivity)]
    [InlineData("session_end", EventCategory.UserActivity)]
    [InlineData("connection_status", EventCategory.System)]
    [InlineData("stats", EventCategory.System)]
    [InlineData("test_event", EventCategory.Debug)]
    [InlineData("debug", EventCategory.Debug)]
    public void The_type_as_a_whole_comes_first(string eventType, EventCategory expected) => Classify(eventType).ShouldBe(expected);

    [Theory]
    [InlineData("order.failed", EventCategory.Critical)]
    [InlineData("payment-failures", EventCategory.Critical)]
    [InlineData("db/timeout", EventCategory.Critical)]
    [InlineData("queue:exceptions", EventCategory.Critical)]
    [InlineData("OrderFailed", EventCategory.Critical)]
    [InlineData("HTTPError", EventCategory.Critical)]
    [InlineData("parseHTTPErrors", EventCategory.Critical)]
    [InlineData("ALERT", EventCategory.Critical)]
    [InlineData("user.error", EventCategory.Critical)]
    [InlineData("cache.hit", EventCategory.Performance)]
    [InlineData("userMetrics", EventCategory.Performance)]
    [InlineData("latencies_of_users", EventCategory.Performance)]
    [InlineData("user.signed_in", EventCategory.UserActivity)]
    [InlineData("dev.notes", EventCategory.Debug)]
    [InlineData("load-testing", EventCategory.Debug)]
    public void Then_its_words_in_their_forms(string eventType, EventCategory expected) => Classify(eventType).ShouldBe(expected);

    [Theory]
    [InlineData("device")]
    [InlineData("failover_ok")]
    [InlineData("terror")]
    [InlineData("contest.won")]
    [InlineData("asymmetric")]
    [InlineData("username")]
    [InlineData("errorless")]
    [InlineData("order.created")]
    [InlineData("__..--//::")]
    [InlineData("ÄRGER")]
    public void A_word_inside_a_word_is_none(string eventType) => Classify(eventType).ShouldBe(EventCategory.System);

    [Theory]
    [InlineData("""{"error":"boom"}""", EventCategory.Critical)]
    [InlineData("""{"exception":{}}""", EventCategory.Critical)]
    [InlineData("""{"error":1,"metrics":1}""", EventCategory.Critical)]
    [InlineData("""{"metrics":{"error":1}}""", EventCategory.Performance)]
    [InlineData("""{"performance":1}""", EventCategory.Performance)]
    [InlineData("""{"text":"\"error\":"}""", EventCategory.System)]
    [InlineData("""{"inner":{"error":1}}""", EventCategory.System)]
    [InlineData("""{"errors":1}""", EventCategory.System)]
    [InlineData("{}", EventCategory.System)]
    public void Then_the_keys_of_the_data(string data, EventCategory expected) => Classify("order.created", data).ShouldBe(expected);

    [Fact]
    public void Data_that_is_not_json_is_counted_and_taken_for_system()
    {
        Classify("order.created", "{\"a\" \"error\":1}").ShouldBe(EventCategory.System);

        _classifier.Snapshot().ClassificationErrors.ShouldBe(1);
    }

    [Fact]
    public void What_was_classified_is_counted_by_category()
    {
        Classify("order.failed");
        Classify("order.failed");
        Classify("cache.hit");

        var snapshot = _classifier.Snapshot();

        snapshot.TotalClassified.ShouldBe(3);
        snapshot.CategoryDistribution.ShouldBe(
            [new("critical", 2), new("performance", 1), new("user_activity", 0), new("system", 0), new("debug", 0)], ignoreOrder: true);
    }

    [Fact]
    public void Types_beyond_the_memory_are_classified_all_the_same()
    {
        for (var i = 0; i <= EventClassifier.CachedTypesMax; i++)
        {
            Classify($"job-{i}.failed");
        }

        Classify("another.failed").ShouldBe(EventCategory.Critical);
        Classify("another.failed").ShouldBe(EventCategory.Critical);
    }

    [Fact]
    public void Threads_do_not_lose_counts()
    {
        Parallel.For(0, 10_000, i => Classify($"type-{i % 300}.failed"));

        _classifier.Snapshot().CategoryDistribution["critical"].ShouldBe(10_000);
    }

    private EventCategory Classify(string eventType, string data = "{}") =>
        _classifier.Classify(Encoding.UTF8.GetBytes(eventType), Encoding.UTF8.GetBytes(data));
}
