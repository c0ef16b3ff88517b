using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>The table of what operators did.</summary>
internal static class AuditTable
{
    public static void Insert(SqliteDatabase database, AuditEntry entry) => database
        .Prepare("INSERT INTO audit (audit_id, at, actor, action, target, reason, details) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .Bind(1, entry.AuditId).Bind(2, UnixMicroseconds.From(entry.At)).Bind(3, entry.Actor).Bind(4, entry.Action)
        .Bind(5, entry.Target).Bind(6, entry.Reason).Bind(7, entry.DetailsJson).Run();

    public static IReadOnlyList<AuditEntry> Newest(SqliteDatabase database, int limit)
    {
        using var rows = database.Prepare("SELECT audit_id, at, actor, action, target, reason, details FROM audit ORDER BY at DESC, audit_id DESC LIMIT ?")
            .Bind(1, limit);
        var entries = new List<AuditEntry>();
        while (rows.Step())
        {
            entries.Add(EntryOf(rows));
        }

        return entries;
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
