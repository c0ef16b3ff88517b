using System.Text;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Testing;

namespace Holdfast.Tests.Pipeline;

public class ValidationMetricsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ValidationMetrics _metrics;

    public ValidationMetricsTests() => _metrics = new ValidationMetrics(_clock);

    [Fact]
    public void Counts_of_a_type_add_up()
    {
        _metrics.Add([new ValidationCount("a", 3, 2, 1, 4, 1, 10), new ValidationCount("b", 1, 1, 0, 0, 0, 5)]);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _metrics.Add([new ValidationCount("a", 1, 1, 0, 0, 0, 2)]);

        var snapshot = _metrics.Snapshot();

        snapshot.TotalValidations.ShouldBe(5);
        snapshot.ByEventType[0].ShouldBe(new TypeValidation(new ValidationCount("a", 4, 3, 1, 4, 1, 12), _clock.GetUtcNow()));
        snapshot.ByEventType[1].Counts.EventType.ShouldBe("b");
    }

    [Fact]
    public void Types_beyond_the_limit_share_one_row_for_good()
    {
        for (var i = 0; i < ValidationMetrics.TypesMax; i++)
        {
            Bucket($"type-{i}").ShouldBe($"type-{i}");
        }

        Bucket("one-more").ShouldBe(ValidationMetrics.Other);
        Bucket("type-7").ShouldBe("type-7");
    }

    [Fact]
    public void The_time_between_two_counts_is_given_to_the_later_event()
    {
        var tally = new ValidationTally(_metrics, _clock);
        _clock.Advance(TimeSpan.FromMicroseconds(30));
        tally.Count("a"u8, errors: 0, warnings: 2);
        _clock.Advance(TimeSpan.FromMicroseconds(12));
        tally.Count("a"u8, errors: 3, warnings: 0);
        tally.Count(default, errors: 1, warnings: 0);

        tally.ToCounts().ShouldBe(
            [new ValidationCount("a", 2, 1, 1, 3, 2, 42), new ValidationCount(ValidationMetrics.Invalid, 1, 0, 1, 1, 0, 0)], ignoreOrder: true);
    }

    [Fact]
    public void A_type_that_no_database_can_hold_counts_as_invalid()
    {
        var tally = new ValidationTally(_metrics, _clock);

        tally.Count("a\0b"u8, errors: 0, warnings: 0);

        tally.ToCounts().ShouldHaveSingleItem().EventType.ShouldBe(ValidationMetrics.Invalid);
    }

    private string Bucket(string eventType) => _metrics.Bucket(Encoding.UTF8.GetBytes(eventType));
}
