using Holdfast.Access;
using Holdfast.Postgres.Database;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Access;

/// <summary>Keys as rows. Whoever changes some has the lock: the row of the revision.</summary>
internal static class KeyTable
{
    private const string Columns = "id, name, role, hash, created_at, created_by, expires_at, revoked_at, last_used_at";

    private const string SelectRevision = "SELECT revision FROM holdfast.api_keys_revision";

    private const string Lock = SelectRevision + " FOR UPDATE";

    private const string SelectAll = $"SELECT {Columns} FROM holdfast.api_keys ORDER BY number DESC";

    private const string SelectOne = $"SELECT {Columns} FROM holdfast.api_keys WHERE id = $1";

    private const string IsTaken = "SELECT EXISTS (SELECT FROM holdfast.api_keys WHERE name = $1 AND revoked_at IS NULL)";

    private const string Count = "SELECT count(*) FROM holdfast.api_keys";

    private const string ForgetFirstRevoked =
        "DELETE FROM holdfast.api_keys WHERE id = (SELECT id FROM holdfast.api_keys WHERE revoked_at IS NOT NULL ORDER BY revoked_at, number LIMIT 1)";

    private const string InsertKey = $"INSERT INTO holdfast.api_keys ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private const string SetRevoked = "UPDATE holdfast.api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";

    // In the order of ids: two nodes that note the same keys would wait for each other.
    private const string SetUsed =
        """
        UPDATE holdfast.api_keys k SET last_used_at = greatest(k.last_used_at, u.at)
        FROM (
          SELECT f.id, u.at FROM unnest($1::text[], $2::timestamptz[]) AS u (id, at) JOIN holdfast.api_keys f ON f.id = u.id
          ORDER BY f.id FOR UPDATE OF f) u
        WHERE k.id = u.id
        """;

    private const string MoveOn = "UPDATE holdfast.api_keys_revision SET revision = revision + 1";

    public static async ValueTask LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<long>(Lock, cancellationToken);

    public static ValueTask<long> RevisionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ScalarAsync<long>(SelectRevision, cancellationToken);

    /// <summary>The revision first: keys that are newer than it are read again, keys that are older would stay.</summary>
    public static async ValueTask<KeyList> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var revision = await RevisionAsync(connection, cancellationToken);
        return new KeyList(revision, await connection.QueryAsync(SelectAll, Read, cancellationToken));
    }

    public static async ValueTask<KeyCreation> CreateAsync(NpgsqlConnection connection, ApiKey key, int keysMax, CancellationToken cancellationToken)
    {
        if (await connection.ScalarAsync<bool>(IsTaken, cancellationToken, key.Name))
        {
            return KeyCreation.NameTaken;
        }

        if (await connection.ScalarAsync<long>(Count, cancellationToken) >= keysMax && await connection.ExecuteAsync(ForgetFirstRevoked, cancellationToken) == 0)
        {
            return KeyCreation.TooMany;
        }

        await InsertAsync(connection, key, cancellationToken);
        await connection.ExecuteAsync(MoveOn, cancellationToken);
        return KeyCreation.Created;
    }

    public static async ValueTask<ApiKey?> RevokeAsync(NpgsqlConnection connection, string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (await connection.ExecuteAsync(SetRevoked, cancellationToken, id, at.UtcDateTime) > 0)
        {
            await connection.ExecuteAsync(MoveOn, cancellationToken);
        }

        return (await connection.QueryAsync(SelectOne, Read, cancellationToken, id)).SingleOrDefault();
    }

    public static ValueTask<int> TouchAsync(NpgsqlConnection connection, IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(SetUsed, cancellationToken, usedAt.Keys.ToArray(), usedAt.Values.Select(at => at.UtcDateTime).ToArray());

    private static ValueTask<int> InsertAsync(NpgsqlConnection connection, ApiKey key, CancellationToken cancellationToken) => connection.ExecuteAsync(
        InsertKey,
        cancellationToken,
        key.Id,
        key.Name,
        AccessRoles.NameOf(key.Role),
        key.Hash.ToArray(),
        key.CreatedAt.UtcDateTime,
        key.CreatedBy,
        Instant(key.ExpiresAt),
        Instant(key.RevokedAt),
        Instant(key.LastUsedAt));

    private static NpgsqlParameter Instant(DateTimeOffset? at) => new() { Value = (object?)at?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static ApiKey Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Name = row.GetString(1),
        Role = AccessRoles.Parse(row.GetString(2))!.Value, // a constraint
        Hash = row.GetFieldValue<byte[]>(3),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(4),
        CreatedBy = row.GetString(5),
        ExpiresAt = InstantOf(row, 6),
        RevokedAt = InstantOf(row, 7),
        LastUsedAt = InstantOf(row, 8),
    };

    private static DateTimeOffset? InstantOf(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
