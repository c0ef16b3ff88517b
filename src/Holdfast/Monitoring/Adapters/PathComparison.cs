using System.Threading.Channels;
using Holdfast.Lifecycle;

namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// Compares what the adapters of dual mode carried with the record, event by event, apart from the broadcasts: they wait for nothing here, and
/// what finds no place is counted as not measured.
/// </summary>
internal sealed class PathComparison(MismatchBook book, CarriedEvents carried, Func<BroadcastOptions> options) : ILoop
{
    /// <summary>Bytes of batches that may wait to be compared.</summary>
    public const long WaitingBytesMax = 8 << 20;

    private readonly Channel<Carried> _waiting = Channel.CreateUnbounded<Carried>(new UnboundedChannelOptions { SingleReader = true });
    private long _waitingBytes;

    public string Name => "comparison";

    public MismatchBook Book => book;

    /// <summary>Called for each alert, by the loop.</summary>
    public Action<MismatchAlert> Alert { get; set; } = _ => { };

    /// <summary>Has an adapter's part of a batch compared. Never waits.</summary>
    /// <param name="adapter">Its name.</param>
    /// <param name="update">The batch. One that another node has recorded is compared there.</param>
    /// <param name="shares">What of it the adapter was to carry.</param>
    /// <param name="fault">Why it did not; null: it took it.</param>
    /// <param name="frames">What it sent, where that is not what everybody here gets.</param>
    public void Note(string adapter, EventsUpdate update, RolloutShares shares, string? fault, IReadOnlyList<byte[]>? frames = null)
    {
        if (update.Events is not RecordedEvents events)
        {
            return;
        }

        if (Interlocked.Add(ref _waitingBytes, events.SizeBytes) > WaitingBytesMax)
        {
            Interlocked.Add(ref _waitingBytes, -events.SizeBytes);
            book.NoteUnmeasured(events.Count);
            return;
        }

        _waiting.Writer.TryWrite(new Carried(adapter, update, events, shares, fault, frames));
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var next in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            Interlocked.Add(ref _waitingBytes, -next.Events.SizeBytes);
            foreach (var alert in book.Note(next.Adapter, Compare(next), options().MismatchPercentMax))
            {
                Alert(alert);
            }
        }
    }

    private ComparedEvents Compare(Carried next) => next.Fault is { } fault
        ? carried.Lost(next.Events, next.Shares, fault)
        : carried.Compare(next.Events, next.Shares, next.Frames ?? [.. next.Update.Frames.Select(frame => frame.Bytes)]);

    private sealed record Carried(string Adapter, EventsUpdate Update, RecordedEvents Events, RolloutShares Shares, string? Fault, IReadOnlyList<byte[]>? Frames);
}
