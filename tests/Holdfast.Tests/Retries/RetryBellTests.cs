using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

public sealed class RetryBellTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TrialDoorbell _others = new();
    private readonly RetrySignal _signal;
    private readonly RetryBell _bell;

    public RetryBellTests()
    {
        _signal = new RetrySignal(_clock);
        _bell = new RetryBell(_signal, _others, new RetryEnvironment("here", () => new RetryQueueOptions(), _clock, () => 0.5, new RecordingLogger<RetryEngine>()));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _signal.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task The_first_ring_goes_out_at_once_and_all_that_follow_meanwhile_are_one_after_a_pause()
    {
        _others.Gate = new SemaphoreSlim(0);
        _ = _bell.RunAsync(_stop.Token);
        _bell.Ring(TimeSpan.Zero);
        await _others.RungAsync();

        for (var i = 0; i < 1_000; i++)
        {
            _bell.Ring(TimeSpan.Zero);
        }

        _others.Gate.Release(3);
        await _clock.DriveAsync(_others.RungAsync);
        _bell.Ring(TimeSpan.Zero);
        await _clock.DriveAsync(_others.RungAsync);
        _others.Rings.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_due_later_than_others_look_by_themselves_is_not_told_to_them()
    {
        _ = _bell.RunAsync(_stop.Token);

        _bell.Ring(new RetryQueueOptions().PollInterval);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _bell.Ring(TimeSpan.FromSeconds(1));
        await _others.RungAsync();

        _others.Rings.ShouldBe(1);
    }

    /// <summary>Other processes, who are never heard.</summary>
    private sealed class TrialDoorbell : IRetryDoorbell, IDisposable
    {
        private readonly SemaphoreSlim _rung = new(0);
        private int _rings;

        public SemaphoreSlim Gate { get; set; } = new(int.MaxValue);

        public int Rings => Volatile.Read(ref _rings);

        public Task<bool> RungAsync() => _rung.WaitAsync(Patience);

        public Task ListenAsync(Action ring, CancellationToken cancellationToken) => Task.CompletedTask;

        public async ValueTask RingAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _rings);
            _rung.Release();
            await Gate.WaitAsync(cancellationToken);
        }

        public void Dispose()
        {
            _rung.Dispose();
            Gate.Dispose();
        }
    }
}
