using System.Buffers;
using System.Text;
using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Monitoring.Adapters;

public sealed class PathComparisonTests : IAsyncDisposable
{
    private readonly TrialAdapter _webSocket = new("websocket");
    private readonly TrialAdapter _realtime = new("realtime");
    private readonly CancellationTokenSource _end = new();
    private readonly Broadcasting _broadcasting;
    private readonly Task _comparing;

    public PathComparisonTests()
    {
        _broadcasting = new Broadcasting(new ManualTimeProvider(Some.Instant), _webSocket, _realtime, new BroadcastOptions { AdapterType = "dual" });
        _comparing = _broadcasting.Comparison.RunAsync(_end.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _comparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    [Fact]
    public async Task What_both_carried_as_it_was_recorded_differs_in_nothing()
    {
        _broadcasting.Switch.Broadcast(Some.Told(1, 50));

        var snapshot = await ComparedAsync(100);
        snapshot.Total.ShouldBe(0);
    }

    [Fact]
    public async Task What_the_second_one_did_not_take_is_a_mismatch_of_its_own()
    {
        _realtime.Fails = true;
        _broadcasting.Switch.Broadcast(Some.Told(1, 50));

        var snapshot = await ComparedAsync(100);
        snapshot.Counts.Single(count => count.Adapter == "realtime").Mismatched.ShouldBe(50);
        snapshot.Counts.Single(count => count.Adapter == "websocket").Mismatched.ShouldBe(0);
        snapshot.Recent[0].Event.Actual.ShouldBeNull();
        snapshot.Recent[0].Event.Fault.ShouldBe("InvalidOperationException: realtime is broken.");
    }

    [Fact]
    public async Task What_does_not_add_up_to_its_checksum_is_a_mismatch()
    {
        var damaged = Some.Row() with { Metadata = Encoding.UTF8.GetBytes("""{"checksum":"crc32c:00000000"}""") };
        var buffer = new ArrayBufferWriter<byte>();
        EventCodec.Write(buffer, damaged);
        _broadcasting.Switch.Broadcast(new EventsUpdate(new RecordedEvents(Guid.Empty, 1, 1, Some.Instant, buffer.WrittenMemory), LivePositions.Of(Guid.Empty, 1)));

        var snapshot = await ComparedAsync(2);
        snapshot.Total.ShouldBe(2);
        snapshot.Recent[0].Event.Expected.ShouldBe("crc32c:00000000");
        snapshot.Recent[0].Event.Actual.ShouldNotBe("crc32c:00000000");
    }

    [Fact]
    public async Task Only_the_share_is_compared()
    {
        _broadcasting.Set(new BroadcastOptions { AdapterType = "dual", Shares = new RolloutShares(new CategoryPercents(0, 0, 0, 0, 0)) });
        _broadcasting.Switch.Broadcast(Some.Told(1, 50));
        _broadcasting.Set(new BroadcastOptions { AdapterType = "dual" });
        _broadcasting.Switch.Broadcast(Some.Told(51, 1));

        (await ComparedAsync(2)).Counts.Sum(count => count.Compared).ShouldBe(2);
    }

    [Fact]
    public async Task With_nobody_connected_there_is_nothing_to_compare()
    {
        _realtime.ConnectionCount = 0;
        _broadcasting.Switch.Broadcast(Some.Told(1, 10));

        (await ComparedAsync(10)).Counts.ShouldHaveSingleItem().Adapter.ShouldBe("websocket");
    }

    private async Task<MismatchSnapshot> ComparedAsync(int events)
    {
        while (_broadcasting.Mismatches.Counts.Sum(count => count.Compared) < events)
        {
            _comparing.IsCompleted.ShouldBeFalse();
            await Task.Yield();
        }

        return _broadcasting.Mismatches;
    }
}
