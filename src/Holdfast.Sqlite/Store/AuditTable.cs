using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>The table of what operators did.</summary>
internal static class AuditTable
{
    private const string Select =
        """
        SELECT audit_id, at, actor, action, target, reason, details FROM audit
        WHERE (?1 IS NULL OR actor = ?1) AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR target = ?3) AND at >= ?4 AND at < ?5 AND (at, audit_id) < (?6, ?7)
        ORDER BY at DESC, audit_id DESC LIMIT ?8
        """;

    public static void Insert(SqliteDatabase database, AuditEntry entry) => database
        .Prepare("INSERT INTO audit (audit_id, at, actor, action, target, reason, details) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .Bind(1, entry.AuditId).Bind(2, UnixMicroseconds.From(entry.At)).Bind(3, entry.Actor).Bind(4, entry.Action)
        .Bind(5, entry.Target).Bind(6, entry.Reason).Bind(7, entry.DetailsJson).Run();

    public static AuditPage Read(SqliteDatabase database, AuditQuery query)
    {
        var before = query.Before ?? (long.MaxValue, Guid.AllBitsSet);
        using var rows = database.Prepare(Select)
            .Bind(1, query.Actor).Bind(2, query.Action).Bind(3, query.Target)
            .Bind(4, query.Since is { } since ? UnixMicroseconds.From(since) : long.MinValue)
            .Bind(5, query.Until is { } until ? UnixMicroseconds.From(until) : long.MaxValue)
            .Bind(6, before.Microseconds).Bind(7, before.AuditId).Bind(8, query.Limit + 1);
        var entries = new List<AuditEntry>();
        while (rows.Step())
        {
            entries.Add(EntryOf(rows));
        }

        return AuditPage.Of(entries, query.Limit);
    }

    private static AuditEntry EntryOf(SqliteStatement row) => new()
    {
        AuditId = row.Guid(0),
        At = UnixMicroseconds.ToInstant(row.Int64(1)),
        Actor = row.Text(2),
        Action = row.Text(3),
        Target = row.Text(4),
        Reason = row.IsNull(5) ? null : row.Text(5),
        DetailsJson = row.Text(6),
    };
}
