using Holdfast.Realtime.Channels;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// Who wants which rows. An entry whose first condition names one value is found by that value, so a thousand channels that wait for a row
/// each cost as little as one; the others are asked one after another. Thread-safe.
/// </summary>
internal sealed class ChangeIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ChangeTable, OfTable> _tables = [];
    private readonly Dictionary<string, HeldEntries> _held = new(StringComparer.Ordinal);
    private HeldEntries _all;

    // Replaced as a whole: whoever has rows must not wait for filters to be asked.
    private volatile ChangeTable[] _wanted = [];

    /// <summary>What everybody holds.</summary>
    public HeldEntries All
    {
        get { lock (_gate) return _all; }
    }

    /// <summary>What the channels of one owner hold.</summary>
    public HeldEntries HeldBy(string owner)
    {
        lock (_gate)
        {
            return _held.GetValueOrDefault(owner);
        }
    }

    public void Add(RealtimeChannel channel)
    {
        lock (_gate)
        {
            var added = 0;
            foreach (var entry in EntriesOf(channel))
            {
                if (!_tables.TryGetValue(entry.Table, out var table))
                {
                    _tables[entry.Table] = table = new OfTable(entry.Table.Columns.Count);
                }

                table.Add(entry);
                added++;
            }

            CountNeedsLock(channel, new HeldEntries(added, PatternsOf(channel)));
            NoteWantedNeedsLock();
        }
    }

    public void Remove(RealtimeChannel channel)
    {
        lock (_gate)
        {
            var removed = 0;
            foreach (var entry in EntriesOf(channel).Where(entry => _tables.ContainsKey(entry.Table)))
            {
                removed += _tables[entry.Table].Remove(entry);
            }

            CountNeedsLock(channel, new HeldEntries(-removed, -PatternsOf(channel)));
            NoteWantedNeedsLock();
        }
    }

    /// <summary>Whether anybody wants rows of a table. Waits for nobody.</summary>
    public bool Wants(ChangeTable table) => Array.Exists(_wanted, wanted => ReferenceEquals(wanted, table));

    /// <summary>The channels that want rows of a table, and would miss one; null: of any table.</summary>
    public IReadOnlyList<RealtimeChannel> ChannelsOf(ChangeTable? table)
    {
        lock (_gate)
        {
            return [.. _tables.Where(entry => table is null || entry.Key == table).SelectMany(entry => entry.Value.Channels).Distinct()];
        }
    }

    /// <summary>Those who want a row, each with the entry that says so.</summary>
    public IReadOnlyList<(RealtimeChannel Channel, ChangeBinding Binding)> Match(RowChange change)
    {
        // Filters are as dear as their owners make them: they are judged outside the lock, which everybody needs who comes or goes.
        Entry[] candidates;
        lock (_gate)
        {
            candidates = _tables.TryGetValue(change.Table, out var table) ? [.. table.Candidates(change.Values)] : [];
        }

        return [.. candidates.Where(entry => entry.Accepts(change)).Select(entry => (entry.Channel, entry.Binding))];
    }

    private void CountNeedsLock(RealtimeChannel channel, HeldEntries more)
    {
        _all += more;
        if (_held.GetValueOrDefault(channel.Owner) + more is { IsNothing: false } held)
        {
            _held[channel.Owner] = held;
        }
        else
        {
            _held.Remove(channel.Owner);
        }
    }

    private static int PatternsOf(RealtimeChannel channel) => channel.Bindings.Sum(binding => binding.Patterns);

    private void NoteWantedNeedsLock() => _wanted = [.. _tables.Where(table => table.Value.Count > 0).Select(table => table.Key)];

    private static IEnumerable<Entry> EntriesOf(RealtimeChannel channel) =>
        from binding in channel.Bindings
        from table in binding.Tables
        select new Entry(channel, binding, table.Table, table.Filters);

    private sealed record Entry(RealtimeChannel Channel, ChangeBinding Binding, ChangeTable Table, IReadOnlyList<RowFilter> Filters)
    {
        /// <summary>The condition by whose value it is found; null: there is none.</summary>
        public RowFilter? Key => Filters.FirstOrDefault(filter => filter.Exactly is not null);

        public bool Accepts(RowChange change) =>
            Binding.Wants(change.Type) && !Channel.Closed && Filters.All(filter => filter.Matches(change.Values[filter.Column]));
    }

    private sealed class OfTable(int columns)
    {
        private readonly Bucket _others = [];
        private readonly Dictionary<ColumnValue, Bucket>?[] _byValue = new Dictionary<ColumnValue, Bucket>?[columns];

        public int Count { get; private set; }

        public IEnumerable<RealtimeChannel> Channels =>
            _others.Keys.Concat(_byValue.OfType<Dictionary<ColumnValue, Bucket>>().SelectMany(values => values.Values).SelectMany(bucket => bucket.Keys));

        public void Add(Entry entry)
        {
            Count++;
            var bucket = BucketOf(entry);
            if (!bucket.TryGetValue(entry.Channel, out var entries))
            {
                bucket[entry.Channel] = entries = [];
            }

            entries.Add(entry);
        }

        /// <summary>Takes out all entries of a channel that are found where this one is.</summary>
        public int Remove(Entry entry)
        {
            var bucket = BucketOf(entry);
            var removed = bucket.Remove(entry.Channel, out var entries) ? entries.Count : 0;
            if (bucket.Count == 0 && entry.Key is { Exactly: { } value } key)
            {
                _byValue[key.Column]!.Remove(value);
            }

            Count -= removed;
            return removed;
        }

        public IEnumerable<Entry> Candidates(ColumnValue[] row)
        {
            var found = _others.Values.SelectMany(entries => entries);
            for (var column = 0; column < _byValue.Length; column++)
            {
                if (_byValue[column] is { } values && !row[column].IsNull && values.TryGetValue(row[column], out var bucket))
                {
                    found = found.Concat(bucket.Values.SelectMany(entries => entries));
                }
            }

            return found;
        }

        private Bucket BucketOf(Entry entry)
        {
            if (entry.Key is not { Exactly: { } value } key)
            {
                return _others;
            }

            var values = _byValue[key.Column] ??= new Dictionary<ColumnValue, Bucket>(SameValue.Instance);
            return values.TryGetValue(value, out var bucket) ? bucket : values[value] = [];
        }
    }

    private sealed class Bucket : Dictionary<RealtimeChannel, List<Entry>>;

    private sealed class SameValue : IEqualityComparer<ColumnValue>
    {
        public static readonly SameValue Instance = new();

        public bool Equals(ColumnValue x, ColumnValue y) => x.Compare(y) == 0;

        public int GetHashCode(ColumnValue value)
        {
            var hash = default(HashCode);
            hash.Add(value.Whole);
            hash.AddBytes(value.Utf8.Span);
            return hash.ToHashCode();
        }
    }
}

/// <summary>What channels hold of what is bounded.</summary>
/// <param name="Entries">One for each table that they name.</param>
/// <param name="Patterns">Regular expressions.</param>
internal readonly record struct HeldEntries(int Entries, int Patterns)
{
    public bool IsNothing => this == default;

    public static HeldEntries operator +(HeldEntries one, HeldEntries other) => new(one.Entries + other.Entries, one.Patterns + other.Patterns);
}
