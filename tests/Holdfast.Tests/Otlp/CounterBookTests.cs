using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Otlp;

public sealed class CounterBookTests : IDisposable
{
    private const int Delta = 1;

    private readonly OtlpRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Differences_add_up_to_a_total_that_begins_at_0()
    {
        await SendAsync((0, 10, 5), (10, 20, 0), (20, 30, 2.5));

        Points.ShouldBe(["0.001 0", "10 5", "20 5", "30 7.5"]);
    }

    [Fact]
    public async Task A_gap_between_differences_changes_nothing()
    {
        await SendAsync((0, 10, 5), (50, 60, 1));

        Points.ShouldBe(["0.001 0", "10 5", "60 6"]);
    }

    [Fact]
    public async Task Differences_of_a_sum_that_goes_both_ways_add_up_too()
    {
        await _rig.IngestAsync(OtlpRig.Sum(0, 10, 5, Delta, monotonic: false));
        await _rig.IngestAsync(OtlpRig.Sum(10, 20, -7, Delta, monotonic: false));

        Points.ShouldBe(["0.001 0", "10 5", "20 -2"]);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_counts_once()
    {
        await SendAsync((0, 10, 5));

        var again = await _rig.IngestAsync(OtlpRig.Sum(0, 10, 5, Delta));
        await SendAsync((10, 20, 1));

        again.RejectedPoints.ShouldBe(0);
        Points.ShouldBe(["0.001 0", "10 5", "20 6"]);
    }

    [Fact]
    public async Task A_difference_from_a_time_that_is_counted_already_is_rejected()
    {
        await SendAsync((0, 10, 5), (10, 20, 1));

        var late = await _rig.IngestAsync(OtlpRig.Sum(5, 15, 1, Delta));

        late.RejectedPoints.ShouldBe(1);
        late.Message.ShouldBe("Not recorded: 1 with differences of a time that is counted already (orders).");
        Points.Count().ShouldBe(3);
    }

    [Fact]
    public async Task Differences_that_were_not_recorded_are_not_counted_and_count_when_they_come_again()
    {
        await SendAsync((0, 10, 5));
        _rig.Spool.Fault = new SpoolFullException("no room", TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<SpoolFullException>(() => SendAsync((10, 20, 3)));
        await Should.ThrowAsync<SpoolFullException>(() => SendAsync((10, 20, 3)));
        _rig.Spool.Fault = null;

        await SendAsync((10, 20, 3));

        Points.ShouldBe(["0.001 0", "10 5", "20 8"]);
    }

    [Fact]
    public async Task Many_differences_in_one_request_are_taken_back_together()
    {
        var point = "{\"startTimeUnixNano\":\"" + OtlpRig.Nanoseconds(0) + "\",\"timeUnixNano\":\"" + OtlpRig.Nanoseconds(10) + "\",\"asInt\":\"5\"}";
        var next = "{\"startTimeUnixNano\":\"" + OtlpRig.Nanoseconds(10) + "\",\"timeUnixNano\":\"" + OtlpRig.Nanoseconds(20) + "\",\"asInt\":\"3\"}";
        var request = OtlpRig.Request("{\"name\":\"orders\",\"sum\":{\"dataPoints\":[" + point + "," + next + "],\"aggregationTemporality\":1,\"isMonotonic\":true}}");
        _rig.Spool.Fault = new SpoolUnavailableException("disk", null);
        await Should.ThrowAsync<SpoolUnavailableException>(() => _rig.IngestAsync(request));
        _rig.Spool.Fault = null;

        await _rig.IngestAsync(request);

        Points.ShouldBe(["0.001 0", "10 5", "20 8"]);
    }

    [Fact]
    public async Task A_total_that_began_again_is_marked_although_it_is_higher_already()
    {
        await _rig.IngestAsync(OtlpRig.Sum(0, 10, 5));
        await _rig.IngestAsync(OtlpRig.Sum(0, 20, 6));
        await _rig.IngestAsync(OtlpRig.Sum(25, 30, 9));
        await _rig.IngestAsync(OtlpRig.Sum(25, 40, 10));

        Points.ShouldBe(["0.001 0", "10 5", "20 6", "25.001 0", "30 9", "40 10"]);
    }

    [Fact]
    public async Task A_total_that_began_long_before_it_was_first_seen_is_not_marked()
    {
        await _rig.IngestAsync(OtlpRig.Sum(-3_600, 10, 5));

        Points.ShouldBe(["10 5"]);
    }

    [Fact]
    public async Task A_total_without_a_start_is_taken_as_it_is()
    {
        await _rig.IngestAsync(OtlpRig.Sum(0, 10, 5).Replace(OtlpRig.Nanoseconds(0), "0", StringComparison.Ordinal));

        Points.ShouldBe(["10 5"]);
    }

    [Fact]
    public async Task A_late_total_does_not_move_what_is_known_of_its_counter()
    {
        await _rig.IngestAsync(OtlpRig.Sum(0, 20, 6));
        await _rig.IngestAsync(OtlpRig.Sum(0, 10, 5));
        await _rig.IngestAsync(OtlpRig.Sum(15, 30, 2));

        Points.ShouldBe(["0.001 0", "20 6", "10 5", "30 2"]);
    }

    [Fact]
    public async Task Requests_with_differences_at_the_same_time_count_each_once()
    {
        var requests = Enumerable.Range(0, 50).Select(i => OtlpRig.Sum(i, i + 1, 1, Delta).Replace("orders", $"orders.{i % 5}", StringComparison.Ordinal));

        await Task.WhenAll(requests.Select(request => Task.Run(() => _rig.IngestAsync(request))));

        foreach (var series in _rig.Samples.GroupBy(sample => sample.Series))
        {
            var totals = series.Select(sample => sample.Value).ToList();
            totals.ShouldBe(totals.Order());
        }
    }

    private IEnumerable<string> Points => _rig.Recorded.Select(text => text[(text.IndexOf('}', StringComparison.Ordinal) + 2)..]);

    private async Task SendAsync(params (double Start, double Time, double Value)[] differences)
    {
        foreach (var (start, time, value) in differences)
        {
            (await _rig.IngestAsync(OtlpRig.Sum(start, time, value, Delta))).RejectedPoints.ShouldBe(0);
        }
    }
}
