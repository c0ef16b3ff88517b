using Holdfast.Monitoring;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Monitoring.Adapters;

public class DualAdapterTests
{
    private readonly TrialAdapter _webSocket = new("websocket");
    private readonly TrialAdapter _realtime = new("realtime");
    private readonly IMonitoringAdapter _dual;

    public DualAdapterTests() =>
        _dual = new Broadcasting(new ManualTimeProvider(Some.Instant), _webSocket, _realtime).Factory.Create("dual");

    [Fact]
    public void Both_get_everything_that_is_told()
    {
        var outcome = _dual.Broadcast([Some.Told(1, 2), Some.Told(3, 1)]);

        outcome.ShouldBe(BroadcastOutcome.Acknowledged);
        _webSocket.Sequences.ShouldBe([1, 2, 3]);
        _realtime.Sequences.ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void One_is_enough(bool webSocketFails, bool realtimeFails)
    {
        (_webSocket.Fails, _realtime.Fails) = (webSocketFails, realtimeFails);

        _dual.Broadcast(Some.Told(1, 1)).ShouldBe(BroadcastOutcome.Acknowledged);
    }

    [Fact]
    public void Both_failing_is_a_failure()
    {
        (_webSocket.Fails, _realtime.Fails) = (true, true);

        _dual.Broadcast(Some.Told(1, 1)).ShouldBe(BroadcastOutcome.Failed);
    }

    [Fact]
    public void Nobody_watching_over_one_does_not_make_up_for_the_other_failing()
    {
        (_webSocket.ConnectionCount, _realtime.Fails) = (0, true);

        _dual.Broadcast(Some.Told(1, 1)).ShouldBe(BroadcastOutcome.Failed);
    }

    [Fact]
    public void Nobody_watching_at_all_is_nothing()
    {
        (_webSocket.ConnectionCount, _realtime.ConnectionCount) = (0, 0);

        _dual.Broadcast(Some.Told(1, 1)).ShouldBe(BroadcastOutcome.Unwatched);
    }

    [Fact]
    public void It_is_healthy_if_either_is()
    {
        _webSocket.Trouble = "It hangs.";
        var one = _dual.Trouble;
        _realtime.Trouble = "It hangs, too.";

        (one, _dual.Trouble).ShouldBe((null, "It hangs. It hangs, too."));
    }

    [Fact]
    public async Task It_connects_if_either_does_and_fails_if_neither_does()
    {
        _webSocket.FailsToConnect = true;
        await _dual.ConnectAsync(CancellationToken.None);
        _realtime.FailsToConnect = true;

        var fault = await Should.ThrowAsync<AggregateException>(() => _dual.ConnectAsync(CancellationToken.None).AsTask());
        fault.InnerExceptions.Select(inner => inner.Message).ShouldBe(["websocket cannot be connected.", "realtime cannot be connected."]);
    }

    [Fact]
    public async Task Both_are_disconnected()
    {
        await _dual.ConnectAsync(CancellationToken.None);

        await _dual.DisconnectAsync(CancellationToken.None);

        (_webSocket.Connected, _realtime.Connected).ShouldBe((false, false));
    }

    [Fact]
    public void Its_connections_are_those_of_both()
    {
        (_webSocket.ConnectionCount, _realtime.ConnectionCount) = (3, 4);

        _dual.ConnectionCount.ShouldBe(7);
    }
}
