using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Retries;

/// <summary>
/// Of an ordered group the item with the lowest place may go, and only when no other of it is being processed. Each statement reads a few
/// entries of an index, however long the group is.
/// </summary>
internal sealed class GroupHeads
{
    // Only the first of those that wait can have been let go; one that was put back may stand before it now.
    private const string Block =
        "UPDATE retries SET blocked = 1 WHERE blocked = 0 AND place IN (SELECT place FROM retries WHERE group_key = ?1 AND status = 0 ORDER BY place LIMIT 2)";

    private const string LetGo =
        """
        UPDATE retries SET blocked = 0
        WHERE status = 0 AND NOT EXISTS (SELECT 1 FROM retries WHERE group_key = ?1 AND status = 1) AND place = (
          SELECT min(head) FROM (
            SELECT min(place) AS head FROM retries WHERE group_key = ?1 AND status = 0
            UNION ALL SELECT min(place) FROM retries WHERE group_key = ?1 AND status = 3))
        """;

    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);

    /// <summary>An item of the group came, went, or changed its state.</summary>
    public void Touch(string? groupKey)
    {
        if (groupKey is not null)
        {
            _touched.Add(groupKey);
        }
    }

    public void Settle(SqliteDatabase database)
    {
        foreach (var group in _touched)
        {
            database.Prepare(Block).Bind(1, group).Run();
            database.Prepare(LetGo).Bind(1, group).Run();
        }

        _touched.Clear();
    }
}
