using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>The last step of every way in: makes rows durable, and only then tells those who show them.</summary>
internal sealed class Recorder(ISpool spool, IEnumerable<IRecordedObserver> observers, Refusals refusals, ILogger<Recorder> logger)
{
    private readonly IRecordedObserver[] _observers = [.. observers];

    /// <summary>The stream that events recorded here are part of.</summary>
    public Guid Epoch => spool.SpoolId;

    /// <summary>Records events and validation counts in one commit.</summary>
    /// <exception cref="SpoolFullException">The budget is used up; nothing was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The disk cannot be written; nothing was acknowledged.</exception>
    public async ValueTask<SpoolReceipt> RecordEventsAsync(SpoolAppend append, CancellationToken cancellationToken)
    {
        var receipt = await AppendAsync(append, SpoolKind.Event, cancellationToken);
        if (append.Entries.Count > 0)
        {
            var batches = append.Entries.Zip(receipt.Positions).ToList();
            Tell(observer => observer.OnEvents(Epoch, receipt.ReceivedAt, batches));
        }

        return receipt;
    }

    /// <summary>Records samples in one commit.</summary>
    /// <param name="samples">What the entries hold.</param>
    /// <exception cref="SpoolFullException">The budget is used up; nothing was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The disk cannot be written; nothing was acknowledged.</exception>
    public async ValueTask RecordSamplesAsync(
        IReadOnlyList<SpoolEntry> entries, IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        await AppendAsync(new SpoolAppend(entries, []), SpoolKind.Sample, cancellationToken);
        Tell(observer => observer.OnSamples(samples));
    }

    private async ValueTask<SpoolReceipt> AppendAsync(SpoolAppend append, SpoolKind kind, CancellationToken cancellationToken)
    {
        try
        {
            return await spool.AppendAsync(append, cancellationToken);
        }
        catch (SpoolFullException)
        {
            refusals.Add(kind, RefusalReason.SpoolFull, append.Entries.Sum(entry => (long)entry.Count));
            throw;
        }
        catch (SpoolUnavailableException)
        {
            refusals.Add(kind, RefusalReason.SpoolUnavailable, append.Entries.Sum(entry => (long)entry.Count));
            throw;
        }
    }

    private void Tell(Action<IRecordedObserver> about)
    {
        foreach (var observer in _observers)
        {
            try
            {
                about(observer);
            }
            catch (Exception fault)
            {
                // The rows are durable. An error answer now would make the client send them again.
                logger.ObserverFailed(fault, observer.GetType().Name);
            }
        }
    }
}
