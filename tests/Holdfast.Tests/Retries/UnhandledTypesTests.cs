using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

public class UnhandledTypesTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger<RetryEngine> _log = new();
    private readonly UnhandledTypes _unhandled;

    public UnhandledTypesTests() => _unhandled = Of(shared: true);

    [Fact]
    public void A_type_without_a_handler_here_is_told_with_how_many_wait_and_since_when_that_is_known()
    {
        var noticed = _clock.GetUtcNow();
        Find(Pending("charge_card", 1), Pending(TrialHandler.Type, 5));
        _clock.Advance(TimeSpan.FromHours(1));

        var alert = Find(Pending("charge_card", 12), Pending(TrialHandler.Type, 5)).ShouldHaveSingleItem();

        alert.ShouldBe(new RetryAlert(
            RetryAlertReasons.NoHandler, null,
            "charge_card: 12 waiting, and no handler in this process. Unless another process or worker has one, add one or run a worker for this type.", noticed));
    }

    [Fact]
    public void The_log_is_told_once_for_each_type()
    {
        for (var i = 0; i < 3; i++)
        {
            Find(Pending("charge_card", 1), Pending("send_letter", 1));
        }

        _log.Warnings.Count(line => line.Contains("No handler", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Theory]
    [InlineData(RetryStatus.Processing)]
    [InlineData(RetryStatus.Completed)]
    [InlineData(RetryStatus.Failed)]
    public void A_type_that_somebody_else_executes_is_no_matter_until_that_ends(RetryStatus sign)
    {
        var executed = _clock.GetUtcNow();
        var first = Find(Pending("charge_card", 3), new RetryCount("charge_card", sign, 1));
        _clock.Advance(TimeSpan.FromMinutes(9));
        var soon = Find(Pending("charge_card", 3), new RetryCount("charge_card", RetryStatus.Completed, 1), new RetryCount("charge_card", RetryStatus.Failed, 0));
        _clock.Advance(TimeSpan.FromMinutes(10));
        var later = Find(Pending("charge_card", 3), new RetryCount("charge_card", RetryStatus.Completed, 1));

        first.ShouldBeEmpty();
        soon.ShouldBeEmpty();
        later.ShouldHaveSingleItem().Since.ShouldBeInRange(executed, executed + TimeSpan.FromMinutes(9));
        _log.Warnings.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_is_finished_again_and_again_is_executed()
    {
        for (var finished = 1; finished < 10; finished++)
        {
            Find(Pending("charge_card", 3), new RetryCount("charge_card", RetryStatus.Completed, finished)).ShouldBeEmpty();
            _clock.Advance(TimeSpan.FromMinutes(9));
        }
    }

    [Fact]
    public void Dead_letters_are_no_sign_of_somebody_who_executes()
    {
        var alerts = Find(Pending("charge_card", 3), new RetryCount("charge_card", RetryStatus.DeadLetter, 1), new RetryCount("charge_card", RetryStatus.Cancelled, 1));

        alerts.Count.ShouldBe(1);
    }

    [Fact]
    public void Of_very_many_types_those_with_the_most_items_are_told()
    {
        var alerts = Find([.. Enumerable.Range(1, 5_000).Select(i => Pending($"type_{i}", i))]);

        alerts.Count.ShouldBe(20);
        alerts[0].Detail.ShouldStartWith("type_5000: 5000 waiting,");
        alerts[19].Detail.ShouldStartWith("type_4981: 4981 waiting,");
    }

    [Fact]
    public void Where_no_other_process_has_the_queue_nobody_is_told_to_look_for_one() =>
        Of(shared: false).Find([Pending("charge_card", 1)]).ShouldHaveSingleItem().Detail.ShouldEndWith("which alone has this queue. Add one for this type, or cancel them.");

    private IReadOnlyList<RetryAlert> Find(params RetryCount[] counts) => _unhandled.Find(counts);

    private UnhandledTypes Of(bool shared) => new(new RetryHandlers([new TrialHandler()], _log), shared, _clock);

    private static RetryCount Pending(string type, long items) => new(type, RetryStatus.Pending, items);
}
