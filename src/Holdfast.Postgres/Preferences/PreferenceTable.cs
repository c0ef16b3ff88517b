using Holdfast.Postgres.Database;
using Holdfast.Preferences;
using Npgsql;

namespace Holdfast.Postgres.Preferences;

/// <summary>Preferences as rows. Whoever changes some has the lock: the row that counts the changes.</summary>
internal static class PreferenceTable
{
    private const string SelectOwned = "SELECT key, version, value FROM holdfast.preferences WHERE owner = $1 ORDER BY key COLLATE \"C\"";

    private const string SelectOne = "SELECT key, version, value FROM holdfast.preferences WHERE owner = $1 AND key = $2";

    private const string CountOwned = "SELECT count(*) FROM holdfast.preferences WHERE owner = $1";

    private const string Count = "SELECT count(*) FROM holdfast.preferences";

    private const string Lock = "SELECT version FROM holdfast.preference_state FOR UPDATE";

    private const string MoveOn = "UPDATE holdfast.preference_state SET version = version + 1 RETURNING version";

    private const string Put =
        """
        INSERT INTO holdfast.preferences (owner, key, version, value) VALUES ($1, $2, $3, $4)
        ON CONFLICT (owner, key) DO UPDATE SET version = excluded.version, value = excluded.value
        """;

    private const string Remove = "DELETE FROM holdfast.preferences WHERE owner = $1 AND key = $2";

    private const string ForgetOldest = "DELETE FROM holdfast.preferences WHERE version = (SELECT min(version) FROM holdfast.preferences)";

    public static async ValueTask<IReadOnlyList<Preference>> OwnedAsync(NpgsqlConnection connection, string owner, CancellationToken cancellationToken) =>
        await connection.QueryAsync(SelectOwned, Read, cancellationToken, owner);

    /// <summary>Within a transaction.</summary>
    public static async ValueTask<PreferenceResult> WriteAsync(NpgsqlConnection connection, PreferenceWrite write, PreferenceLimits limits, CancellationToken cancellationToken)
    {
        await connection.ScalarAsync<int>(Lock, cancellationToken);
        var now = (await connection.QueryAsync(SelectOne, Read, cancellationToken, write.Owner, write.Key)).SingleOrDefault();
        var owned = await connection.ScalarAsync<long>(CountOwned, cancellationToken, write.Owner);
        if (PreferenceJudge.Answer(write, now, owned, limits.OwnerMax) is { } answer)
        {
            return answer;
        }

        var version = await connection.ScalarAsync<int>(MoveOn, cancellationToken);
        if (write.Value is not { } value)
        {
            await connection.ExecuteAsync(Remove, cancellationToken, write.Owner, write.Key);
            return new PreferenceResult(PreferenceVerdict.Done, null);
        }

        if (now is null && await connection.ScalarAsync<long>(Count, cancellationToken) >= limits.TotalMax)
        {
            await connection.ExecuteAsync(ForgetOldest, cancellationToken);
        }

        await connection.ExecuteAsync(Put, cancellationToken, write.Owner, write.Key, version, value);
        return new PreferenceResult(PreferenceVerdict.Done, new Preference(write.Key, version, value));
    }

    private static Preference Read(NpgsqlDataReader row) => new(row.GetString(0), row.GetInt32(1), row.GetString(2));
}
