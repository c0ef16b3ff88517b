using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Store;

/// <summary>The table of what operators did.</summary>
internal static class AuditTable
{
    private const string InsertEntry =
        "INSERT INTO holdfast.audit (audit_id, at, actor, action, target, reason, details) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

    private const string Select =
        """
        SELECT audit_id, at, actor, action, target, reason, details::text FROM holdfast.audit
        WHERE ($1 IS NULL OR actor = $1) AND ($2 IS NULL OR action = $2) AND ($3 IS NULL OR target = $3)
          AND at >= coalesce($4, '-infinity') AND at < coalesce($5, 'infinity') AND ($6 IS NULL OR (at, audit_id) < ($6, $7))
        ORDER BY at DESC, audit_id DESC LIMIT $8
        """;

    public static ValueTask<int> InsertAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancellationToken) => connection.ExecuteAsync(
        InsertEntry,
        cancellationToken,
        entry.AuditId,
        entry.At.UtcDateTime,
        entry.Actor,
        entry.Action,
        entry.Target,
        OrNull(entry.Reason, NpgsqlDbType.Text),
        new NpgsqlParameter { Value = entry.DetailsJson, NpgsqlDbType = NpgsqlDbType.Jsonb });

    public static async ValueTask<AuditPage> ReadAsync(NpgsqlConnection connection, AuditQuery query, CancellationToken cancellationToken)
    {
        using var json = new JsonColumn();
        var entries = await connection.QueryAsync(
            Select,
            row => EntryOf(row, json),
            cancellationToken,
            OrNull(query.Actor, NpgsqlDbType.Text),
            OrNull(query.Action, NpgsqlDbType.Text),
            OrNull(query.Target, NpgsqlDbType.Text),
            OrNull(query.Since?.UtcDateTime, NpgsqlDbType.TimestampTz),
            OrNull(query.Until?.UtcDateTime, NpgsqlDbType.TimestampTz),
            OrNull(query.Before is { } before ? UnixMicroseconds.ToInstant(before.Microseconds).UtcDateTime : (DateTime?)null, NpgsqlDbType.TimestampTz),
            OrNull(query.Before?.AuditId, NpgsqlDbType.Uuid),
            query.Limit + 1);
        return AuditPage.Of(entries, query.Limit);
    }

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static AuditEntry EntryOf(NpgsqlDataReader row, JsonColumn json) => new()
    {
        AuditId = row.GetGuid(0),
        At = row.GetFieldValue<DateTimeOffset>(1),
        Actor = row.GetString(2),
        Action = row.GetString(3),
        Target = row.GetString(4),
        Reason = row.IsDBNull(5) ? null : row.GetString(5),
        DetailsJson = json.Canonical(row.GetString(6)),
    };
}
