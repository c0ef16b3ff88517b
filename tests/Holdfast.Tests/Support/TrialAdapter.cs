using Holdfast.Monitoring;

namespace Holdfast.Tests.Support;

/// <summary>An adapter that keeps what it is given, and fails when it is told to.</summary>
internal sealed class TrialAdapter(string name) : IMonitoringAdapter
{
    public string Name => name;

    public int ConnectionCount { get; set; } = 1;

    public AdapterMetrics Metrics => new(0, 0, 0);

    public bool Fails { get; set; }

    public bool FailsToConnect { get; set; }

    public string? Trouble { get; set; }

    public bool Connected { get; private set; }

    public List<LiveUpdate> Taken { get; } = [];

    public IEnumerable<long> Sequences => Taken.OfType<EventsUpdate>().SelectMany(update => update.Events.ToStored()).Select(stored => stored.SequenceId);

    public ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        Connected = !FailsToConnect;
        return FailsToConnect ? ValueTask.FromException(new InvalidOperationException($"{name} cannot be connected.")) : ValueTask.CompletedTask;
    }

    public ValueTask DisconnectAsync(CancellationToken cancellationToken)
    {
        Connected = false;
        return ValueTask.CompletedTask;
    }

    public BroadcastOutcome Broadcast(LiveUpdate update)
    {
        if (Fails)
        {
            throw new InvalidOperationException($"{name} is broken.");
        }

        Taken.Add(update);
        return ConnectionCount == 0 ? BroadcastOutcome.Unwatched : BroadcastOutcome.Acknowledged;
    }
}
