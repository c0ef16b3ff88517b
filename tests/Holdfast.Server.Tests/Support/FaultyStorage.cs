using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Holdfast.Access;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Preferences;
using Holdfast.Rollout;
using Holdfast.Spool;
using Holdfast.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Support;

/// <summary>The embedded storage with a store that is away, hangs or refuses rows when the test says so.</summary>
internal sealed class FaultyStorage : IHoldfastStorage
{
    /// <summary>Events of this type are refused by the store: their rows arrive there broken.</summary>
    public const string RefusedType = "refused.row";

    private readonly SqliteStorage _real = new();
    private int _asked;
    private volatile bool _away;

    /// <summary>How often the store was asked while it was away.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void GoAway() => _away = true;

    public void ComeBack() => _away = false;

    public void AddTo(IServiceCollection services) => services.AddSingleton<IHoldfastStorage>(this);

    public ValueTask<ISpool> OpenSpoolAsync(SpoolOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        _real.OpenSpoolAsync(options, time, loggers, cancellationToken);

    public ITelemetryStore CreateStore(string dataDirectory, TimeProvider time, ILoggerFactory loggers) =>
        new Store(this, _real.CreateStore(dataDirectory, time, loggers));

    public FlagStorage CreateFlags(string dataDirectory, TimeProvider time, ILoggerFactory loggers) => _real.CreateFlags(dataDirectory, time, loggers);

    public RetryStorage CreateRetries(string dataDirectory, TimeProvider time, ILoggerFactory loggers) => _real.CreateRetries(dataDirectory, time, loggers);

    public IPreferenceStore CreatePreferences(string dataDirectory, TimeProvider time, ILoggerFactory loggers) => _real.CreatePreferences(dataDirectory, time, loggers);

    public IKeyStore CreateKeys(string dataDirectory, TimeProvider time, ILoggerFactory loggers) => _real.CreateKeys(dataDirectory, time, loggers);

    private void ThrowIfAway(bool counted = true)
    {
        if (_away)
        {
            _ = counted ? Interlocked.Increment(ref _asked) : 0;
            throw new StoreUnavailableException(
                "connection", "Nothing answers at db.internal:5432 for user app.", new SocketException((int)SocketError.ConnectionRefused));
        }
    }

    private static SpooledBatch Break(SpooledBatch batch)
    {
        if (batch.Kind != SpoolKind.Event)
        {
            return batch;
        }

        var rows = new ArrayBufferWriter<byte>(batch.Payload.Length);
        foreach (var row in EventCodec.Read(batch.Payload))
        {
            EventCodec.Write(rows, Encoding.UTF8.GetString(row.EventType.Span) == RefusedType ? row with { Data = "[1]"u8.ToArray() } : row);
        }

        return batch with { Payload = rows.WrittenMemory };
    }

    private sealed class Store(FaultyStorage storage, ITelemetryStore inner) : ITelemetryStore
    {
        public string Kind => inner.Kind;

        public IDeadLetterStore DeadLetters => inner.DeadLetters;

        public ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken) => IfThere().OpenAsync(cancellationToken);

        // Beside the breaker, in its own time: it is no operation whose attempts a test counts.
        public ValueTask<DateTimeOffset?> PingAsync(CancellationToken cancellationToken)
        {
            storage.ThrowIfAway(counted: false);
            return inner.PingAsync(cancellationToken);
        }

        public ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken) =>
            IfThere().WriteAsync(write with { Batches = [.. write.Batches.Select(Break)] }, cancellationToken);

        public ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken) =>
            IfThere().WriteValidationAsync(pending, flushedAt, cancellationToken);

        public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
            IfThere().ReadValidationAsync(now, cancellationToken);

        public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken) => IfThere().ReadHeldAsync(spoolId, cancellationToken);

        public ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken) =>
            IfThere().RecordLossAsync(spoolId, ranges, cancellationToken);

        public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken) =>
            IfThere().ReadTotalsAsync(spoolId, cancellationToken);

        public ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken) =>
            IfThere().QueryEventsAsync(query, cancellationToken);

        public ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken) =>
            IfThere().ReadEventsAfterAsync(epoch, afterSequence, limit, cancellationToken);

        public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken) =>
            IfThere().ReadCoverageAsync(epoch, afterSequence, upTo, cancellationToken);

        public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken) =>
            IfThere().QuerySeriesAsync(query, cancellationToken);

        public ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken) => IfThere().RecordAuditAsync(entry, cancellationToken);

        public ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken) =>
            IfThere().ReadAuditAsync(query, cancellationToken);

        public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken) => IfThere().RollUpAsync(now, cancellationToken);

        public ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken) =>
            IfThere().PruneAsync(retention, now, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private ITelemetryStore IfThere()
        {
            storage.ThrowIfAway();
            return inner;
        }
    }
}
