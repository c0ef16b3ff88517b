using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Store;

/// <summary>The table of what operators did.</summary>
internal static class AuditTable
{
    private const string InsertEntry =
        "INSERT INTO holdfast.audit (audit_id, at, actor, action, target, reason, details) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

    private const string SelectNewest =
        "SELECT audit_id, at, actor, action, target, reason, details::text FROM holdfast.audit ORDER BY at DESC, audit_id DESC LIMIT $1";

    public static ValueTask<int> InsertAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancellationToken) => connection.ExecuteAsync(
        InsertEntry,
        cancellationToken,
        entry.AuditId,
        entry.At.UtcDateTime,
        entry.Actor,
        entry.Action,
        entry.Target,
        new NpgsqlParameter { Value = (object?)entry.Reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        new NpgsqlParameter { Value = entry.DetailsJson, NpgsqlDbType = NpgsqlDbType.Jsonb });

    public static async ValueTask<IReadOnlyList<AuditEntry>> NewestAsync(NpgsqlConnection connection, int limit, CancellationToken cancellationToken)
    {
        using var json = new JsonColumn();
        return await connection.QueryAsync(SelectNewest, row => EntryOf(row, json), cancellationToken, limit);
    }

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
