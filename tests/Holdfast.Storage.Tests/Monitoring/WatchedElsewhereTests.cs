using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Monitoring;

/// <summary>Nodes tell each other that somebody watches.</summary>
public sealed class WatchedElsewhereTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly TrialSharedLog _shared;
    private readonly WatchedElsewhere _elsewhere;
    private readonly EventBell _bell;
    private readonly LoopHost _host;

    public WatchedElsewhereTests()
    {
        _shared = new TrialSharedLog(new MemoryTelemetryStore(_time));
        _bell = new EventBell(_shared, _time);
        _elsewhere = new WatchedElsewhere(_bell, _time);
        _host = new LoopHost([_bell], _time, NullLogger<LoopHost>.Instance);
        _host.Start();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void It_is_told_at_once_and_again_every_ten_seconds()
    {
        _elsewhere.Tell(watchedHere: true);
        _elsewhere.Tell(watchedHere: true);
        RungShouldBe(1);

        _time.Advance(WatchedElsewhere.TellPeriod);
        _elsewhere.Tell(watchedHere: true);
        RungShouldBe(2);
        Rung(LogRing.Watching).ShouldBe(2);
    }

    [Fact]
    public void Who_begins_to_watch_again_is_told_of_at_once()
    {
        _elsewhere.Tell(watchedHere: true);
        RungShouldBe(1);

        _elsewhere.Tell(watchedHere: false);
        _elsewhere.Tell(watchedHere: true);
        RungShouldBe(2);
    }

    [Fact]
    public void What_was_heard_holds_for_a_while_and_a_lost_word_ends_nothing()
    {
        _elsewhere.IsWatched.ShouldBeFalse();
        _elsewhere.Hear();

        _time.Advance((2 * WatchedElsewhere.TellPeriod) + TimeSpan.FromSeconds(1));
        _elsewhere.IsWatched.ShouldBeTrue();

        _time.Advance(WatchedElsewhere.Holds);
        _elsewhere.IsWatched.ShouldBeFalse();
    }

    [Fact]
    public void Two_wishes_at_a_time_are_both_granted()
    {
        _bell.Ring(LogRing.Stored);
        _bell.Ring(LogRing.Watching);

        PassUntil(() => Rung(LogRing.Stored) > 0 && Rung(LogRing.Watching) > 0);
    }

    private void RungShouldBe(int times) => PassUntil(() => Rung(LogRing.Watching) >= times);

    // After each ring the bell pauses by the clock.
    private void PassUntil(Func<bool> condition) => SpinWait.SpinUntil(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(5));
            return condition();
        },
        Patience).ShouldBeTrue();

    private int Rung(LogRing ring) => _shared.Rung.Count(one => one == ring);
}
