using Holdfast.Health;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Spool;

namespace Holdfast;

/// <summary>
/// What became of every row that was acknowledged: <c>received = stored + dead_lettered + parked + spooled + duplicates + discarded + lost</c>.
/// </summary>
public interface IHoldfastLedger
{
    /// <summary>Takes a sample now.</summary>
    Task<HoldfastLedger> SampleAsync(CancellationToken cancellationToken = default);
}

/// <summary>A sample of the ledger; all counts are rows, cumulative for this spool and its store.</summary>
/// <param name="Events">Terms of the events.</param>
/// <param name="Samples">Terms of the samples.</param>
/// <param name="SampledAt">When it was taken.</param>
/// <param name="StoreCurrent">False while the store cannot be asked: its terms are the last known ones and need not balance.</param>
public sealed record HoldfastLedger(HoldfastLedgerTerms Events, HoldfastLedgerTerms Samples, DateTimeOffset SampledAt, bool StoreCurrent)
{
    /// <summary>Rows that the terms do not explain; anything but 0 is a fault. Null while the store cannot be asked.</summary>
    public long? Error => StoreCurrent ? Events.Error + Samples.Error : null;
}

/// <summary>The terms of the ledger for one kind of row.</summary>
/// <param name="Received">Acknowledged.</param>
/// <param name="Stored">In the store.</param>
/// <param name="DeadLettered">Refused by the store and kept with the reason.</param>
/// <param name="Parked">Kept in the spool until someone decides.</param>
/// <param name="Spooled">Waiting for the store.</param>
/// <param name="Duplicates">Recognised as stored before.</param>
/// <param name="Discarded">Dead letters removed by an operator or by retention.</param>
/// <param name="Lost">Gone with a damaged disk.</param>
public sealed record HoldfastLedgerTerms(
    long Received, long Stored, long DeadLettered, long Parked, long Spooled, long Duplicates, long Discarded, long Lost)
{
    /// <summary>Rows that the terms do not explain; no error while <see cref="HoldfastLedger.StoreCurrent"/> is false.</summary>
    public long Error => Received - Stored - DeadLettered - Parked - Spooled - Duplicates - Discarded - Lost;
}

/// <summary>The intake that applications see; it is there from the start and works from when the host has started.</summary>
/// <param name="answers">What is asked over HTTP is counted there, and what the server itself records is nobody's request.</param>
internal sealed class NodeIntake(HoldfastNode node, AnswerCounts answers) : IEventIntake
{
    public async ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default)
    {
        try
        {
            var receipt = await node.Parts.Intake.RecordAsync(monitoringEvent, cancellationToken);
            answers.Note(failed: false);
            return receipt;
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException)
        {
            answers.Note(failed: true);
            throw;
        }
    }
}

/// <summary>The queue of failed operations that applications see.</summary>
internal sealed class NodeRetryQueue(HoldfastNode node) : IRetryQueue
{
    public ValueTask<EnqueuedRetry> EnqueueAsync(RetryDraft draft, CancellationToken cancellationToken = default) =>
        node.Parts.Retries.Engine.Queue.EnqueueAsync(draft, cancellationToken);

    public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<RetryDraft> drafts, CancellationToken cancellationToken = default) =>
        node.Parts.Retries.Engine.Queue.EnqueueAsync(drafts, cancellationToken);
}

/// <summary>The ledger that applications see.</summary>
internal sealed class NodeLedger(HoldfastNode node) : IHoldfastLedger
{
    public async Task<HoldfastLedger> SampleAsync(CancellationToken cancellationToken = default)
    {
        var sample = await node.Parts.Flusher.SampleAsync(cancellationToken);
        return new HoldfastLedger(Terms(sample.Events), Terms(sample.Samples), sample.SampledAt, sample.StoreCurrent);
    }

    private static HoldfastLedgerTerms Terms(in LedgerTerms terms) => new(
        terms.Received, terms.Stored, terms.DeadLettered, terms.Parked, terms.Spooled, terms.Duplicates, terms.Discarded, terms.Lost);
}
