using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Store;

/// <summary>Samples of one day on their way into <c>samples</c>; their series are known to the database.</summary>
internal sealed class SampleRows(int spoolKey, List<RefusedRow> refused, int capacityBytes) : RowSet(refused, capacityBytes)
{
    private const short Fields = 7;

    private const string Mark =
        "INSERT INTO holdfast.rollup_marks (width_seconds, start_at, series_id) SELECT 60, * FROM unnest($1::timestamptz[], $2::bigint[])";

    private readonly List<Sample> _samples = [];

    public override string Name => "samples";

    public override string Table => "samples";

    public override string View => "samples_insert";

    protected override string Columns => "series_id, \"timestamp\", value, batch_seq, spool_key, row, received_on";

    public void Add(SpooledBatch batch, int row, Sample sample)
    {
        Encoded.StartRow(Fields)
            .Write(sample.Series.Id)
            .Write(PgTime.OfUnixMilliseconds(sample.TimestampMilliseconds))
            .Write(sample.Value)
            .Write(batch.BatchSeq)
            .Write(spoolKey)
            .Write(row)
            .Write(PgTime.OfDay(ReceivedOn));
        Add(batch, row, ReadOnlyMemory<byte>.Empty);
        _samples.Add(sample);
    }

    public override async ValueTask<int> CallFunctionAsync(NpgsqlConnection connection, int first, int end, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer((end - first) * 160);
        WriteJson(buffer, first, end);
        await using var command = new NpgsqlCommand("SELECT monitoring.insert_samples_batch($1)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = buffer.Memory(0, buffer.Length), NpgsqlDbType = NpgsqlDbType.Jsonb });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Marks the minutes that have to be rolled up.</summary>
    public override async ValueTask AfterCopyAsync(NpgsqlConnection connection, int first, int end, CancellationToken cancellationToken)
    {
        var marks = RowsIn(first, end)
            .Select(row => (Minute: RollupWidth.Floor(_samples[row].TimestampMilliseconds, RollupWidth.MinuteMilliseconds), _samples[row].Series.Id))
            .Distinct().Order().ToList(); // in the order of their index
        await connection.ExecuteAsync(
            Mark, cancellationToken, marks.ConvertAll(mark => PgTime.Of(mark.Minute)).ToArray(), marks.ConvertAll(mark => mark.Id).ToArray());
    }

    protected override RefusedRow ToRefused(int row, Refusal refusal)
    {
        var place = PlaceOf(row);
        return Refused(place.Batch, place.Row, _samples[row], refusal);
    }

    /// <summary>A refused sample, in a batch of its own so that it can be read without the others.</summary>
    public static RefusedRow Refused(SpooledBatch batch, int row, Sample sample, Refusal refusal)
    {
        var bytes = SampleCodec.Encode([sample]);
        return new RefusedRow(batch, row, RowCount: 1, bytes, DeadLetterPayload.Of(sample, bytes), refusal);
    }

    private void WriteJson(IBufferWriter<byte> target, int first, int end)
    {
        using var json = new Utf8JsonWriter(target);
        json.WriteStartArray();
        foreach (var row in RowsIn(first, end))
        {
            WriteRow(json, PlaceOf(row), _samples[row]);
        }

        json.WriteEndArray();
    }

    private void WriteRow(Utf8JsonWriter json, Place place, Sample sample)
    {
        json.WriteStartObject();
        json.WriteNumber("series_id", sample.Series.Id);
        json.WriteString("timestamp", InstantText(sample.TimestampMilliseconds));
        json.WriteString("value", sample.Value.ToString("R", CultureInfo.InvariantCulture)); // as a text, since JSON has no word for what is not a number
        json.WriteNumber("batch_seq", place.Batch.BatchSeq);
        json.WriteNumber("spool_key", spoolKey);
        json.WriteNumber("row", place.Row);
        json.WriteString("received_on", ReceivedOn.ToString("O", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    // Outside the calendar it is no instant to PostgreSQL either, and the row is refused there.
    private static string InstantText(long milliseconds) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? PgTime.Of(milliseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{milliseconds} milliseconds since 1970");
}
