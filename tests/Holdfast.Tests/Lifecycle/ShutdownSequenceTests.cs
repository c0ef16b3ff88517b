using Holdfast.Lifecycle;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Lifecycle;

public sealed class ShutdownSequenceTests
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly List<string> _calls = [];

    [Fact]
    public async Task Participants_are_called_in_the_order_of_their_phases()
    {
        using var sequence = Sequence(Part("pools", ShutdownPhase.ClosePools), Part("flusher", ShutdownPhase.Flush), Part("drain", ShutdownPhase.DrainInFlight));

        await sequence.LeaveAsync();
        await sequence.FinishAsync();

        _calls.ShouldBe(["drain", "flusher", "pools"]);
    }

    [Fact]
    public async Task Nothing_new_is_accepted_from_the_first_phase_on()
    {
        var state = new LifecycleState();
        state.MarkStarted();
        var accepting = true;
        using var sequence = new ShutdownSequence(
            [new Participant("signal", ShutdownPhase.Signal, _ => { accepting = state.Accepting; return Task.CompletedTask; })],
            state, () => new LifecycleOptions(), _time, new RecordingLogger<ShutdownSequence>());

        await sequence.LeaveAsync();

        accepting.ShouldBeFalse();
    }

    [Fact]
    public async Task A_participant_that_hangs_costs_its_share_and_not_the_sequence()
    {
        var hangs = new TaskCompletionSource();
        using var sequence = Sequence(new Participant("hangs", ShutdownPhase.Flush, _ => hangs.Task), Part("workers", ShutdownPhase.StopWorkers));

        var leaving = sequence.LeaveAsync();
        _calls.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(5));
        await leaving;

        _calls.ShouldBe(["workers"]);
    }

    [Fact]
    public async Task A_participant_that_throws_does_not_stop_the_others()
    {
        using var sequence = Sequence(
            new Participant("fails", ShutdownPhase.Flush, _ => throw new InvalidOperationException("broken")), Part("same phase", ShutdownPhase.Flush));

        await sequence.LeaveAsync();

        _calls.ShouldBe(["same phase"]);
    }

    private Participant Part(string name, ShutdownPhase phase) => new(name, phase, _ =>
    {
        _calls.Add(name);
        return Task.CompletedTask;
    });

    private ShutdownSequence Sequence(params IShutdownParticipant[] participants) =>
        new(participants, new LifecycleState(), () => new LifecycleOptions(), _time, new RecordingLogger<ShutdownSequence>());

    private sealed class Participant(string name, ShutdownPhase phase, Func<CancellationToken, Task> work) : IShutdownParticipant
    {
        public string Name => name;

        public ShutdownPhase Phase => phase;

        public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken) => await work(cancellationToken);
    }
}
