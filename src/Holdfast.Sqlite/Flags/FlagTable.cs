using Holdfast.Flags.Rules;
using Holdfast.Rollout;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Flags;

/// <summary>Flags and the history of their changes, within the transaction that is under way.</summary>
internal static class FlagTable
{
    private const string Insert =
        """
        INSERT INTO flags (name, version, document, updated_at, updated_by) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (name) DO UPDATE SET version = ?2, document = ?3, updated_at = ?4, updated_by = ?5
        """;

    private const string InsertNote =
        "INSERT INTO flag_history (version, change_id, name, action, at, actor, reason, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    private const string SelectNotes =
        """
        SELECT version, change_id, name, action, at, actor, reason, before, after FROM flag_history
        WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR version < ?2) ORDER BY version DESC LIMIT ?3
        """;

    public static FlagEdition ReadEdition(SqliteDatabase database)
    {
        using var row = database.Prepare("SELECT store_id, version FROM flag_state");
        row.Step();
        return new FlagEdition(row.Guid(0), (int)row.Int64(1));
    }

    public static FlagSheet ReadSheet(SqliteDatabase database)
    {
        var edition = ReadEdition(database);
        using var key = database.Prepare("SELECT stream_key FROM flag_state");
        key.Step();
        using var rows = database.Prepare("SELECT name, version, document, updated_at, updated_by FROM flags ORDER BY name");
        var flags = new List<StoredFlag>();
        while (rows.Step())
        {
            flags.Add(new StoredFlag(rows.Text(0), (int)rows.Int64(1), rows.Text(2), UnixMicroseconds.ToInstant(rows.Int64(3)), rows.Text(4)));
        }

        return new FlagSheet(edition, key.Blob(0).ToArray(), flags);
    }

    public static FlagWriteResult Write(SqliteDatabase database, FlagWrite write, DateTimeOffset now)
    {
        // The answer to the same change was lost, and it is asked again.
        if (FindNote(database, write.Id) is { } known)
        {
            return new FlagWriteResult(FlagWriteStatus.Written, known.After is null ? 0 : known.Version, known.Before);
        }

        var (version, document) = Find(database, write.Name);
        if (write.Seen?.Contains(version) == false)
        {
            return new FlagWriteResult(FlagWriteStatus.Overtaken, version, document);
        }

        if (write.JudgedBy is { } judgedBy && judgedBy != ReadEdition(database).Version)
        {
            return new FlagWriteResult(FlagWriteStatus.Outdated, version, document);
        }

        if (write.Document is not null && version == 0 && Count(database) >= FlagLimits.FlagsMax)
        {
            return new FlagWriteResult(FlagWriteStatus.Full, 0, null);
        }

        // Nothing is there, and nothing is to be.
        return write.Document is null && version == 0
            ? new FlagWriteResult(FlagWriteStatus.Written, 0, null)
            : Replace(database, write, document, now);
    }

    public static IReadOnlyList<FlagChangeNote> ReadHistory(SqliteDatabase database, FlagHistoryQuery query)
    {
        using var rows = database.Prepare(SelectNotes).Bind(1, query.Name).Bind(2, (long?)query.Below).Bind(3, query.Limit);
        var notes = new List<FlagChangeNote>();
        while (rows.Step())
        {
            notes.Add(ReadNote(rows));
        }

        return notes;
    }

    public static void PruneHistory(SqliteDatabase database, DateTimeOffset before) =>
        database.Prepare("DELETE FROM flag_history WHERE at < ?").Bind(1, UnixMicroseconds.From(before)).Run();

    private static FlagWriteResult Replace(SqliteDatabase database, FlagWrite write, string? before, DateTimeOffset now)
    {
        database.Prepare("UPDATE flag_state SET version = version + 1").Run();
        var version = ReadEdition(database).Version;
        var at = UnixMicroseconds.From(now);
        if (write.Document is { } document)
        {
            database.Prepare(Insert).Bind(1, write.Name).Bind(2, version).Bind(3, document).Bind(4, at).Bind(5, write.Actor).Run();
        }
        else
        {
            database.Prepare("DELETE FROM flags WHERE name = ?").Bind(1, write.Name).Run();
        }

        database.Prepare(InsertNote).Bind(1, version).Bind(2, write.Id).Bind(3, write.Name).Bind(4, write.Action).Bind(5, at)
            .Bind(6, write.Actor).Bind(7, write.Reason).Bind(8, before).Bind(9, write.Document).Run();
        return new FlagWriteResult(FlagWriteStatus.Written, write.Document is null ? 0 : version, before);
    }

    /// <summary>Version 0: it is not set.</summary>
    private static (int Version, string? Document) Find(SqliteDatabase database, string name)
    {
        using var row = database.Prepare("SELECT version, document FROM flags WHERE name = ?").Bind(1, name);
        return row.Step() ? ((int)row.Int64(0), row.Text(1)) : (0, null);
    }

    private static FlagChangeNote? FindNote(SqliteDatabase database, Guid id)
    {
        using var row = database.Prepare("SELECT version, change_id, name, action, at, actor, reason, before, after FROM flag_history WHERE change_id = ?").Bind(1, id);
        return row.Step() ? ReadNote(row) : null;
    }

    private static long Count(SqliteDatabase database)
    {
        using var row = database.Prepare("SELECT count(*) FROM flags");
        row.Step();
        return row.Int64(0);
    }

    private static FlagChangeNote ReadNote(SqliteStatement row) => new()
    {
        Version = (int)row.Int64(0),
        Id = row.Guid(1),
        Name = row.Text(2),
        Action = row.Text(3),
        At = UnixMicroseconds.ToInstant(row.Int64(4)),
        Actor = row.Text(5),
        Reason = row.TextOrNull(6),
        Before = row.TextOrNull(7),
        After = row.TextOrNull(8),
    };
}
