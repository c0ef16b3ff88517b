using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// Tells changes of rows to those whose filters they pass. Whoever has a change only puts it into the queue here; judging is done by the
/// loop. What finds no place is lost, and every channel that might have wanted it is told.
/// </summary>
internal sealed class RowChanges : ILoop
{
    /// <summary>Bytes of changes that wait to be judged.</summary>
    public const long QueueBytesMax = 16 << 20;

    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ChangeIndex _index = new();
    private long _queuedBytes;
    private long _lost;

    public string Name => "row changes";

    /// <summary>Entries of all channels.</summary>
    public int Bindings => _index.All.Entries;

    /// <summary>Whether anybody wants rows of a table.</summary>
    public bool Wants(ChangeTable table) => _index.Wants(table);

    /// <summary>Rows of a table were changed, and cannot be told.</summary>
    public void NoteLost(ChangeTable table, long count) => Offer(new Pending(table, 0, count, null));

    /// <summary>Why there is no room for more entries of an owner; null: there is. What one owner holds leaves room for others.</summary>
    public string? FaultOfRoom(string owner, IReadOnlyList<ChangeBinding> wanted, RealtimeOptions options)
    {
        var more = new HeldEntries(wanted.Sum(binding => binding.Tables.Count), wanted.Sum(binding => binding.Patterns));
        var (all, theirs) = (_index.All + more, _index.HeldBy(owner) + more);
        return more.Entries > 0 && all.Entries > options.BindingsOfAllMax ? "Too many postgres_changes are being listened to"
            : more.Entries > 0 && theirs.Entries > options.BindingsOfAllMax / 2 ? "You listen to too many postgres_changes"
            : more.Patterns > 0 && all.Patterns > options.PatternsOfAllMax ? "Too many regular expressions are being matched"
            : more.Patterns > 0 && theirs.Patterns > options.PatternsOfAllMax / 2 ? "You have too many regular expressions matched"
            : null;
    }

    public void Add(RealtimeChannel channel) => _index.Add(channel);

    public void Remove(RealtimeChannel channel) => _index.Remove(channel);

    /// <summary>Events that were recorded, or cannot be told.</summary>
    public void Offer(LiveUpdate update)
    {
        if (!_index.Wants(MonitoringTables.Events))
        {
            return;
        }

        var pending = update switch
        {
            EventsUpdate { Events: var events } => new Pending(MonitoringTables.Events, events.SizeBytes, events.Count, () => MonitoringTables.RowsOf(events)),
            GapUpdate gap => new Pending(MonitoringTables.Events, 0, gap.To - gap.From + 1, null),
            _ => null,
        };
        if (pending is not null)
        {
            Offer(pending);
        }
    }

    /// <summary>Counts of validation that the store holds now.</summary>
    public void OnValidation(Guid batchId, IReadOnlyList<ValidationRow> rows)
    {
        if (Wants(MonitoringTables.Validation))
        {
            Offer(MonitoringTables.Validation, [.. rows.Select(row => MonitoringTables.RowOf(batchId, row))]);
        }
    }

    /// <summary>Rows that were changed.</summary>
    public void Offer(ChangeTable table, IReadOnlyList<RowChange> rows)
    {
        if (rows.Count > 0 && _index.Wants(table))
        {
            Offer(new Pending(table, rows.Sum(row => row.Values.Sum(value => (long)value.SizeBytes)), rows.Count, () => rows));
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var pending in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                Tell(pending);
            }
            finally
            {
                Interlocked.Add(ref _queuedBytes, -pending.CostBytes);
            }
        }
    }

    private void Offer(Pending pending)
    {
        if (Interlocked.Add(ref _queuedBytes, pending.CostBytes) > QueueBytesMax)
        {
            Interlocked.Add(ref _queuedBytes, -pending.CostBytes);
            Interlocked.Add(ref _lost, pending.Count);
            return;
        }

        _queue.Writer.TryWrite(pending);
    }

    private void Tell(Pending pending)
    {
        if (Interlocked.Exchange(ref _lost, 0) is var lost and > 0)
        {
            NoteDropped(_index.ChannelsOf(null), lost);
        }

        if (pending.Rows is null)
        {
            NoteDropped(_index.ChannelsOf(pending.Table), pending.Count);
        }

        foreach (var change in pending.Rows?.Invoke() ?? [])
        {
            Tell(change);
        }
    }

    private static void NoteDropped(IReadOnlyList<RealtimeChannel> channels, long count)
    {
        foreach (var channel in channels)
        {
            channel.Queue.NoteDropped(channel, count);
        }
    }

    private void Tell(RowChange change)
    {
        var matches = _index.Match(change);
        if (matches.Count == 0)
        {
            return;
        }

        // Encoded once for all who selected the same, framed once for all channels of the same name and entries.
        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var frames = new Dictionary<FrameKey, SharedMessage>();
        foreach (var ofChannel in matches.GroupBy(match => (match.Channel, match.Binding.ColumnsText)))
        {
            var bindings = ofChannel.Select(match => match.Binding).ToArray();
            var channel = ofChannel.Key.Channel;
            var key = new FrameKey(channel.Topic.Name, channel.Legacy, string.Join(',', bindings.Select(binding => binding.Id)), ofChannel.Key.ColumnsText);
            if (!frames.TryGetValue(key, out var frame))
            {
                if (!data.TryGetValue(key.Columns, out var told))
                {
                    data[key.Columns] = told = ChangeFrames.Data(change, bindings[0].Columns);
                }

                frames[key] = frame = Frame(channel, change, bindings, told);
            }

            channel.Queue.Message(channel, frame);
        }
    }

    // Clients from before the entries were invented know a change by its kind.
    private static SharedMessage Frame(RealtimeChannel channel, RowChange change, ChangeBinding[] bindings, byte[] data) => channel.Legacy
        ? SharedMessage.Of(channel.Topic.OnWire, ChangeBinding.NameOf(change.Type), data)
        : SharedMessage.Of(channel.Topic.OnWire, "postgres_changes", ChangeFrames.Payload([.. bindings.Select(binding => binding.Id)], data));

    /// <param name="Rows">Null: they are lost already.</param>
    private sealed record Pending(ChangeTable Table, long SizeBytes, long Count, Func<IEnumerable<RowChange>>? Rows)
    {
        // Nothing in the queue is free.
        public long CostBytes => SizeBytes + 256;
    }

    private readonly record struct FrameKey(string Topic, bool Legacy, string Ids, string Columns);
}
