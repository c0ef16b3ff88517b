using Holdfast.Access;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Access;

/// <summary>Keys as rows.</summary>
internal static class KeyTable
{
    private const string Columns = "id, name, role, hash, created_at, created_by, expires_at, revoked_at, last_used_at";

    private const string SelectRevision = "SELECT revision FROM api_keys_revision";

    private const string SelectAll = $"SELECT {Columns} FROM api_keys ORDER BY number DESC";

    private const string SelectOne = $"SELECT {Columns} FROM api_keys WHERE id = ?";

    private const string IsTaken = "SELECT 1 FROM api_keys WHERE name = ? AND revoked_at IS NULL";

    private const string ForgetFirstRevoked =
        "DELETE FROM api_keys WHERE id = (SELECT id FROM api_keys WHERE revoked_at IS NOT NULL ORDER BY revoked_at, number LIMIT 1)";

    private const string InsertKey =
        $"""
        INSERT INTO api_keys (number, {Columns})
        VALUES ((SELECT coalesce(max(number), 0) + 1 FROM api_keys), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """;

    private const string SetRevoked = "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

    private const string SetUsed = "UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1";

    private const string MoveOn = "UPDATE api_keys_revision SET revision = revision + 1";

    public static long Revision(SqliteDatabase database) => database.ReadNumber(SelectRevision)!.Value;

    public static IReadOnlyList<ApiKey> All(SqliteDatabase database)
    {
        var keys = new List<ApiKey>();
        using var rows = database.Prepare(SelectAll);
        while (rows.Step())
        {
            keys.Add(Read(rows));
        }

        return keys;
    }

    public static KeyCreation Create(SqliteDatabase database, ApiKey key, int keysMax)
    {
        if (IsNameTaken(database, key.Name))
        {
            return KeyCreation.NameTaken;
        }

        if (database.ReadNumber("SELECT count(*) FROM api_keys") >= keysMax)
        {
            database.Prepare(ForgetFirstRevoked).Run();
            if (database.Changes == 0)
            {
                return KeyCreation.TooMany;
            }
        }

        Insert(database, key);
        database.Prepare(MoveOn).Run();
        return KeyCreation.Created;
    }

    public static ApiKey? Revoke(SqliteDatabase database, string id, DateTimeOffset at)
    {
        database.Prepare(SetRevoked).Bind(1, id).Bind(2, UnixMicroseconds.From(at)).Run();
        if (database.Changes > 0)
        {
            database.Prepare(MoveOn).Run();
        }

        using var row = database.Prepare(SelectOne).Bind(1, id);
        return row.Step() ? Read(row) : null;
    }

    public static void Touch(SqliteDatabase database, IReadOnlyDictionary<string, DateTimeOffset> usedAt)
    {
        foreach (var (id, at) in usedAt)
        {
            database.Prepare(SetUsed).Bind(1, id).Bind(2, UnixMicroseconds.From(at)).Run();
        }
    }

    private static bool IsNameTaken(SqliteDatabase database, string name)
    {
        using var row = database.Prepare(IsTaken).Bind(1, name);
        return row.Step();
    }

    private static void Insert(SqliteDatabase database, ApiKey key) => database.Prepare(InsertKey)
        .Bind(1, key.Id).Bind(2, key.Name).Bind(3, AccessRoles.NameOf(key.Role)).BindBlob(4, key.Hash.Span)
        .Bind(5, UnixMicroseconds.From(key.CreatedAt)).Bind(6, key.CreatedBy)
        .Bind(7, Microseconds(key.ExpiresAt)).Bind(8, Microseconds(key.RevokedAt)).Bind(9, Microseconds(key.LastUsedAt)).Run();

    private static ApiKey Read(SqliteStatement row) => new()
    {
        Id = row.Text(0),
        Name = row.Text(1),
        Role = AccessRoles.Parse(row.Text(2))!.Value, // a constraint
        Hash = row.Blob(3).ToArray(),
        CreatedAt = UnixMicroseconds.ToInstant(row.Int64(4)),
        CreatedBy = row.Text(5),
        ExpiresAt = Instant(row, 6),
        RevokedAt = Instant(row, 7),
        LastUsedAt = Instant(row, 8),
    };

    private static long? Microseconds(DateTimeOffset? instant) => instant is { } at ? UnixMicroseconds.From(at) : null;

    private static DateTimeOffset? Instant(SqliteStatement row, int column) =>
        row.Int64OrNull(column) is { } microseconds ? UnixMicroseconds.ToInstant(microseconds) : null;
}
