using System.Collections.Concurrent;
using Holdfast.Pipeline;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Other nodes that write to a store; the test rings for them.</summary>
internal sealed class TrialSharedLog(ITelemetryStore store) : ISharedLog
{
    private readonly List<(Guid Epoch, long ResumedAfter)> _epochs = [];
    private Action<LogRing> _heard = _ => { };

    /// <summary>Released at each look.</summary>
    public SemaphoreSlim Looked { get; } = new(0);

    /// <summary>Whether the store answers.</summary>
    public bool IsAway { get; set; }

    /// <summary>Makes an epoch known.</summary>
    public void Add(Guid epoch, long resumedAfter = 0) => _epochs.Add((epoch, resumedAfter));

    public void Remove(Guid epoch) => _epochs.RemoveAll(one => one.Epoch == epoch);

    /// <summary>What this node has rung for at the others.</summary>
    public ConcurrentQueue<LogRing> Rung { get; } = new();

    public void Ring(LogRing ring = LogRing.Stored) => _heard(ring);

    public async ValueTask<IReadOnlyList<EpochHead>> ReadHeadsAsync(int limit, CancellationToken cancellationToken)
    {
        Looked.Release();
        if (IsAway)
        {
            throw new StoreUnavailableException("connection", "away", inner: null);
        }

        var heads = new List<EpochHead>();
        foreach (var (epoch, resumedAfter) in _epochs)
        {
            heads.Add(new EpochHead(epoch, (await store.ReadCoverageAsync(epoch, 0, 0, cancellationToken)).SettledTo, resumedAfter));
        }

        return heads;
    }

    public Task ListenAsync(Action<LogRing> heard, CancellationToken cancellationToken)
    {
        _heard = heard;
        return Task.CompletedTask;
    }

    public ValueTask RingAsync(LogRing ring, CancellationToken cancellationToken)
    {
        Rung.Enqueue(ring);
        return ValueTask.CompletedTask;
    }
}
