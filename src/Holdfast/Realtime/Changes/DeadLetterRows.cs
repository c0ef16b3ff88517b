using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// Tells new dead letters. Only the store knows their ids, so what has just been written is read there, and only while somebody wants it. What
/// cannot be read is not told: dead letters are looked at on the page, and this says that there is something to look at.
/// </summary>
internal sealed class DeadLetterRows(IDeadLetterStore letters, RowChanges changes) : ILoop
{
    // A page of them: whoever has more to look at than that does not look at rows one by one.
    private const int RowsMax = 500;

    private readonly Channel<bool> _written = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private long _count;
    private long _last;

    public string Name => "dead letter rows";

    /// <summary>So many were written; must not block.</summary>
    public void OnWritten(long rows)
    {
        if (changes.Wants(MonitoringTables.DeadLetters))
        {
            Interlocked.Add(ref _count, rows);
            _written.Writer.TryWrite(true);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _written.Reader.ReadAllAsync(cancellationToken))
        {
            if (Interlocked.Exchange(ref _count, 0) is var count and > 0)
            {
                await TellAsync((int)Math.Min(count, RowsMax), cancellationToken);
            }
        }
    }

    private async Task TellAsync(int count, CancellationToken cancellationToken)
    {
        try
        {
            var page = await letters.ListAsync(new DeadLetterQuery { Filter = new DeadLetterFilter { AfterId = _last }, Limit = count }, cancellationToken);
            if (page.Items.Count > 0)
            {
                _last = page.Items[0].Id;
                changes.Offer(MonitoringTables.DeadLetters, [.. page.Items.Reverse().Select(MonitoringTables.RowOf)]);
            }
        }
        catch (StoreUnavailableException)
        {
            changes.NoteLost(MonitoringTables.DeadLetters, count);
        }
    }
}
