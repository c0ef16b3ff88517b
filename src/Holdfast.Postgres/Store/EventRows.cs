using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Store;

/// <summary>Events of one day on their way into <c>monitoring_events</c>.</summary>
internal sealed class EventRows(Guid epoch, List<RefusedRow> refused, int capacityBytes) : RowSet(refused, capacityBytes)
{
    private const short Fields = 12;

    // An id is remembered for so long after it was received.
    private static readonly TimeSpan IdMemory = TimeSpan.FromHours(24);

    private static readonly byte[][] CategoryNames = [.. EventCategories.Names.Select(System.Text.Encoding.UTF8.GetBytes)];

    private readonly List<RefusedRow> _refused = refused;
    private readonly HashSet<Guid> _ids = [];
    private EventRows? _repeats;
    private bool _anyClientId;
    private bool _isRepeats;

    public override string Name => "events";

    public override string Table => "monitoring_events";

    public override string View => "monitoring_events_view";

    protected override string Columns => "id, event_type, \"timestamp\", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text";

    /// <summary>
    /// The events of the batches by the day on which they were received, in the order of the batches. Behind each day come its events whose
    /// id came before: in a set of their own one question tells them all, where in the same COPY each would fail it once. They are not left
    /// out here, since the first of an id may be refused and the next be good.
    /// </summary>
    public static IReadOnlyList<EventRows> ByDay(Guid epoch, IReadOnlyList<SpooledBatch> batches, List<RefusedRow> refused)
    {
        var days = new List<EventRows>(1);
        foreach (var batch in batches)
        {
            var day = PgTime.DayOf(batch.ReceivedAt);
            var rows = days.Find(known => known.ReceivedOn == day);
            if (rows is null)
            {
                // Lengths of four bytes and fixed columns make a row some 80 bytes longer than it is in a batch.
                rows = new EventRows(epoch, refused, batches.Sum(b => b.Payload.Length + (b.Count * 96))) { ReceivedOn = day };
                days.Add(rows);
            }

            rows.Add(batch);
        }

        return [.. days.SelectMany(rows => rows._repeats is { } repeats ? new[] { rows, repeats } : [rows])];
    }

    public override async ValueTask<int> CallFunctionAsync(NpgsqlConnection connection, int first, int end, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer(Encoded.Rows(first, end).Length * 2);
        WriteJson(buffer, first, end);
        await using var command = new NpgsqlCommand("SELECT monitoring.insert_monitoring_events_batch($1)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = buffer.Memory(0, buffer.Length), NpgsqlDbType = NpgsqlDbType.Jsonb });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>An id that a client chose may have come on the day before or after; the table itself only knows of its own day.</summary>
    public override async ValueTask BeforeCopyAsync(NpgsqlConnection connection, string relation, CancellationToken cancellationToken)
    {
        if (_isRepeats)
        {
            await LeaveOutRepeatsAsync(connection, relation, 0, cancellationToken);
        }

        if (_anyClientId)
        {
            DateOnly[] neighbours = [ReceivedOn.AddDays(-1), ReceivedOn.AddDays(1)];
            await LeaveOutHeldAsync(connection, relation, neighbours, [.. RowsIn(0, Count).Where(row => Decode(row).ClientId)], cancellationToken);
        }
    }

    public override bool IsRepeat(PostgresException fault) =>
        fault.SqlState == Database.SqlStates.UniqueViolation
        && fault.TableName?.StartsWith(Table, StringComparison.Ordinal) == true
        && fault.ConstraintName?.Contains("id_received_on", StringComparison.Ordinal) == true;

    public override ValueTask<int> LeaveOutRepeatsAsync(NpgsqlConnection connection, string relation, int first, CancellationToken cancellationToken) =>
        LeaveOutHeldAsync(connection, relation, [ReceivedOn], [.. RowsIn(first, Count)], cancellationToken);

    public override bool IsItselfAtFault(int row)
    {
        var decoded = Decode(row);
        return !DeadLetterPayload.IsJson(decoded.Data) || !DeadLetterPayload.IsJson(decoded.Metadata);
    }

    protected override RefusedRow ToRefused(int row, Refusal refusal)
    {
        var place = PlaceOf(row);
        return new RefusedRow(place.Batch, place.Row, RowCount: 1, place.Bytes, DeadLetterPayload.Of(Decode(row), place.Bytes.Span), refusal);
    }

    private void Add(SpooledBatch batch)
    {
        var receivedAt = PgTime.OfUnixMicroseconds(UnixMicroseconds.From(batch.ReceivedAt));
        foreach (var (row, decoded, bytes) in BatchRows.ReadEvents(batch, _refused))
        {
            if (TextFaults.Of(decoded) is { } fault)
            {
                _refused.Add(new RefusedRow(batch, row, RowCount: 1, bytes, DeadLetterPayload.Of(decoded, bytes.Span), fault));
                continue;
            }

            var rows = _ids.Add(decoded.Id) ? this : Repeats();
            rows.Encode(decoded, batch.FirstSequence + row, receivedAt);
            rows.Add(batch, row, bytes);
            rows._anyClientId |= decoded.ClientId;
        }

        EventRows Repeats() => _repeats ??= new EventRows(epoch, _refused, batch.Payload.Length) { ReceivedOn = ReceivedOn, _isRepeats = true };
    }

    private void Encode(in EventRow row, long sequence, long receivedAt) => Encoded.StartRow(Fields)
        .Write(row.Id)
        .WriteText(row.EventType.Span)
        .Write(PgTime.OfUnixMicroseconds(row.TimestampMicroseconds))
        .WriteText(row.Source.Span)
        .WriteJsonb(row.Data.Span)
        .WriteJsonb(row.Metadata.Span)
        .WriteText(CategoryName(row.Category))
        .Write(epoch)
        .Write(sequence)
        .Write(receivedAt)
        .Write(PgTime.OfDay(ReceivedOn))
        .WriteTextOrNull(JsonbSpelling.Keeps(row.Data.Span) ? default : row.Data.Span);

    // An unknown category goes as its number, and is refused by the table like any other bad value.
    private static byte[] CategoryName(EventCategory category) =>
        Enum.IsDefined(category) ? CategoryNames[(int)category - 1] : System.Text.Encoding.UTF8.GetBytes(((int)category).ToString(CultureInfo.InvariantCulture));

    private EventRow Decode(int row)
    {
        var at = 0;
        return EventCodec.ReadRow(PlaceOf(row).Bytes, ref at);
    }

    private async ValueTask<int> LeaveOutHeldAsync(
        NpgsqlConnection connection, string relation, DateOnly[] days, int[] rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT id, received_at FROM monitoring.{relation} WHERE id = ANY($1) AND received_on = ANY($2)", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = Array.ConvertAll(rows, row => Decode(row).Id) });
        command.Parameters.Add(new NpgsqlParameter<DateOnly[]> { TypedValue = days });
        var held = new Dictionary<Guid, List<DateTimeOffset>>();
        await using (var found = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await found.ReadAsync(cancellationToken))
            {
                var id = found.GetGuid(0);
                held.TryAdd(id, []);
                held[id].Add(found.GetFieldValue<DateTimeOffset>(1));
            }
        }

        var before = Repeats;
        foreach (var row in rows.Where(row => held.TryGetValue(Decode(row).Id, out var times) && times.Exists(at => IsRemembered(at, row))))
        {
            LeaveOutRepeat(row);
        }

        return Repeats - before;
    }

    private bool IsRemembered(DateTimeOffset heldSince, int row) => (heldSince - PlaceOf(row).Batch.ReceivedAt).Duration() <= IdMemory;

    private void WriteJson(IBufferWriter<byte> target, int first, int end)
    {
        using var json = new Utf8JsonWriter(target);
        json.WriteStartArray();
        foreach (var row in RowsIn(first, end).ToList())
        {
            WriteRow(json, row, Decode(row));
        }

        json.WriteEndArray();
    }

    private void WriteRow(Utf8JsonWriter json, int row, in EventRow decoded)
    {
        if (!DeadLetterPayload.IsJson(decoded.Data) || !DeadLetterPayload.IsJson(decoded.Metadata))
        {
            // It would make the whole parameter unreadable, or worse, readable in another way.
            Refuse(row, new Refusal("22P02", null, null, "data or metadata is not JSON."), suspect: false);
            return;
        }

        var (batch, place, _) = PlaceOf(row);
        json.WriteStartObject();
        json.WriteString("id", decoded.Id);
        json.WriteBoolean("client_id", decoded.ClientId);
        json.WriteString("event_type", decoded.EventType.Span);
        json.WriteString("timestamp", InstantText(decoded.TimestampMicroseconds));
        json.WriteString("source", decoded.Source.Span);
        WriteRaw(json, "data", decoded.Data.Span);
        WriteRaw(json, "metadata", decoded.Metadata.Span);
        json.WriteString("category", CategoryName(decoded.Category));
        json.WriteString("epoch", epoch);
        json.WriteNumber("sequence_id", batch.FirstSequence + place);
        json.WriteString("received_at", InstantText(UnixMicroseconds.From(batch.ReceivedAt)));
        json.WriteString("received_on", ReceivedOn.ToString("O", CultureInfo.InvariantCulture));
        if (!JsonbSpelling.Keeps(decoded.Data.Span))
        {
            json.WriteString("data_text", decoded.Data.Span);
        }

        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, ReadOnlySpan<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    // Outside the calendar it is no instant to PostgreSQL either, and the row is refused there.
    private static string InstantText(long microseconds) =>
        microseconds >= UnixMicroseconds.From(DateTimeOffset.MinValue) && microseconds <= UnixMicroseconds.From(DateTimeOffset.MaxValue)
            ? UnixMicroseconds.ToInstant(microseconds).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{microseconds} microseconds since 1970");
}
