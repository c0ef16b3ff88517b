using Holdfast.Preferences;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Preferences;

/// <summary>Preferences as rows.</summary>
internal static class PreferenceTable
{
    private const string SelectOwned = "SELECT key, version, value FROM preferences WHERE owner = ? ORDER BY key";

    private const string SelectOne = "SELECT key, version, value FROM preferences WHERE owner = ? AND key = ?";

    private const string CountOwned = "SELECT count(*) FROM preferences WHERE owner = ?";

    private const string Count = "SELECT count(*) FROM preferences";

    private const string MoveOn = "UPDATE preference_state SET version = version + 1";

    private const string SelectVersion = "SELECT version FROM preference_state";

    private const string Put =
        """
        INSERT INTO preferences (owner, key, version, value) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (owner, key) DO UPDATE SET version = excluded.version, value = excluded.value
        """;

    private const string Remove = "DELETE FROM preferences WHERE owner = ? AND key = ?";

    private const string ForgetOldest = "DELETE FROM preferences WHERE version = (SELECT min(version) FROM preferences)";

    public static IReadOnlyList<Preference> Owned(SqliteDatabase database, string owner)
    {
        var owned = new List<Preference>();
        using var rows = database.Prepare(SelectOwned).Bind(1, owner);
        while (rows.Step())
        {
            owned.Add(Read(rows));
        }

        return owned;
    }

    public static PreferenceResult Write(SqliteDatabase database, PreferenceWrite write, PreferenceLimits limits)
    {
        var now = Find(database, write);
        if (PreferenceJudge.Answer(write, now, CountOf(database, write.Owner), limits.OwnerMax) is { } answer)
        {
            return answer;
        }

        database.Prepare(MoveOn).Run();
        if (write.Value is not { } value)
        {
            database.Prepare(Remove).Bind(1, write.Owner).Bind(2, write.Key).Run();
            return new PreferenceResult(PreferenceVerdict.Done, null);
        }

        if (now is null && database.ReadNumber(Count) >= limits.TotalMax)
        {
            database.Prepare(ForgetOldest).Run();
        }

        var version = (int)database.ReadNumber(SelectVersion)!.Value;
        database.Prepare(Put).Bind(1, write.Owner).Bind(2, write.Key).Bind(3, version).Bind(4, value).Run();
        return new PreferenceResult(PreferenceVerdict.Done, new Preference(write.Key, version, value));
    }

    private static Preference? Find(SqliteDatabase database, PreferenceWrite write)
    {
        using var row = database.Prepare(SelectOne).Bind(1, write.Owner).Bind(2, write.Key);
        return row.Step() ? Read(row) : null;
    }

    private static long CountOf(SqliteDatabase database, string owner)
    {
        using var row = database.Prepare(CountOwned).Bind(1, owner);
        return row.Step() ? row.Int64(0) : 0;
    }

    private static Preference Read(SqliteStatement row) => new(row.Text(0), (int)row.Int64(1), row.Text(2));
}
