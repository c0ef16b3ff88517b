namespace Holdfast.Sqlite.Retries;

/// <summary>Until when worker processes may keep what they hold.</summary>
internal static class LeaseTable
{
    private const string Upsert =
        """
        INSERT INTO retry_processes (process, node, lease_until) VALUES (?1, ?2, ?3)
        ON CONFLICT (process) DO UPDATE SET lease_until = excluded.lease_until WHERE lease_until > ?4
        """;

    private const string EndLease =
        """
        INSERT INTO retry_processes (process, node, lease_until) VALUES (?1, '', ?2)
        ON CONFLICT (process) DO UPDATE SET lease_until = min(lease_until, excluded.lease_until)
        """;

    private const string SelectRunning = "SELECT 1 FROM retry_processes WHERE process = ?1 AND lease_until > ?2";

    /// <summary>False: the lease had ended.</summary>
    public static bool Renew(RetryTable retries, Guid process, string node, TimeSpan lease)
    {
        retries.Database.Prepare(Upsert)
            .Bind(1, process).Bind(2, node).Bind(3, retries.Now + RetryRow.Microseconds(lease)).Bind(4, retries.Now).Run();
        return retries.Database.Changes > 0;
    }

    public static bool IsRunning(RetryTable retries, Guid process)
    {
        using var row = retries.Database.Prepare(SelectRunning).Bind(1, process).Bind(2, retries.Now);
        return row.Step();
    }

    public static void End(RetryTable retries, Guid process) =>
        retries.Database.Prepare(EndLease).Bind(1, process).Bind(2, retries.Now).Run();
}
