using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Monitoring.Adapters;

public sealed class AdapterWatchTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly TrialAdapter _webSocket = new("websocket");
    private readonly TrialAdapter _realtime = new("realtime");
    private readonly CancellationTokenSource _end = new();
    private readonly Told _told = new();
    private readonly Broadcasting _broadcasting;
    private readonly AdapterWatch _watch;
    private Task _watching = Task.CompletedTask;

    public AdapterWatchTests()
    {
        _broadcasting = new Broadcasting(_time, _webSocket, _realtime, new BroadcastOptions { AdapterType = "dual" });
        _broadcasting.Switch.Observer = _told;
        _watch = new AdapterWatch(_broadcasting.Switch, _time, NullLogger<AdapterWatch>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    [Fact]
    public void Adapters_are_connected()
    {
        _watching = _watch.RunAsync(_end.Token);

        (_webSocket.Connected, _realtime.Connected).ShouldBe((true, true));
    }

    [Fact]
    public void Whoever_wants_to_know_is_told_when_pages_had_better_change()
    {
        _watching = _watch.RunAsync(_end.Token);
        _webSocket.Trouble = "It hangs.";
        _time.Advance(TimeSpan.FromSeconds(1));
        _webSocket.Trouble = null;
        _time.Advance(TimeSpan.FromSeconds(1));

        _told.Changes.ShouldBe(["websocket -> realtime: It hangs.", "realtime -> websocket: "]);
    }

    [Fact]
    public void Too_many_mismatches_close_the_second_adapter_for_a_while()
    {
        _watch.OnMismatch(AlertOf("realtime"));

        _broadcasting.Realtime.Breaker.State.ShouldBe(CircuitState.Open);
        _broadcasting.Realtime.Breaker.Snapshot().NextAttemptAt.ShouldBe(Some.Instant + AdapterWatch.Rest);
        _told.Mismatches.ShouldBe([("realtime", true)]);
    }

    [Fact]
    public void The_first_adapter_is_all_there_is_and_stays()
    {
        _watch.OnMismatch(AlertOf("websocket"));

        _broadcasting.WebSocket.Breaker.State.ShouldBe(CircuitState.Closed);
        _told.Mismatches.ShouldBe([("websocket", false)]);
    }

    [Fact]
    public void Nothing_is_closed_where_that_is_not_wanted()
    {
        _broadcasting.Set(_broadcasting.Options with { MismatchTripsBreaker = false });

        _watch.OnMismatch(AlertOf("realtime"));

        _broadcasting.Realtime.Breaker.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public void A_rest_is_over_by_itself()
    {
        _watching = _watch.RunAsync(_end.Token);
        _watch.OnMismatch(AlertOf("realtime"));

        _time.Advance(AdapterWatch.Rest + TimeSpan.FromSeconds(1));

        _broadcasting.Realtime.Breaker.State.ShouldBe(CircuitState.Closed);
    }

    private static MismatchAlert AlertOf(string adapter) => new(adapter, EventCategory.Critical, Percent: 5, PercentMax: 1, Compared: 100);

    private sealed class Told : IBroadcastObserver
    {
        public List<string> Changes { get; } = [];

        public List<(string Adapter, bool Tripped)> Mismatches { get; } = [];

        public void OnEffectiveChanged(string was, string now, string? reason) => Changes.Add($"{was} -> {now}: {reason}");

        public void OnMismatch(MismatchAlert alert, bool tripped) => Mismatches.Add((alert.Adapter, tripped));
    }
}
