using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>Validation counts on their way to the store: one group collects, at most one other has been taken under an id and not been confirmed.</summary>
internal sealed class ValidationTable
{
    // Types are the clients' words, so there may be any number of them. Beyond this many they share one bucket.
    internal const int TypesMax = 10_000;
    internal const string OtherTypes = "(other)";

    private readonly HashSet<string> _collecting;
    private readonly SqliteStatement _add;
    private readonly SqliteStatement _seal;
    private readonly SqliteStatement _taken;
    private readonly SqliteStatement _behind;
    private readonly SqliteStatement _forget;

    public ValidationTable(SqliteDatabase database)
    {
        _collecting = ReadCollecting(database);
        _add = database.Prepare(
            """
            insert into pending_validation values (x'', ?1, ?2, ?3, ?4, ?5, ?6, ?7)
            on conflict do update set
                total = total + excluded.total, passed = passed + excluded.passed, failed = failed + excluded.failed,
                errors = errors + excluded.errors, warnings = warnings + excluded.warnings, duration_us = duration_us + excluded.duration_us
            """);
        _seal = database.Prepare("update pending_validation set batch_id = ?1 where batch_id = x''");
        _taken = database.Prepare(
            """
            select batch_id, event_type, total, passed, failed, errors, warnings, duration_us
            from pending_validation where batch_id <> x'' order by event_type
            """);
        _behind = database.Prepare("select count(*) from pending_validation where batch_id = x''");
        _forget = database.Prepare("delete from pending_validation where batch_id = ?1");
    }

    public void Add(in ValidationCount count)
    {
        var known = _collecting.Contains(count.EventType)
            || (_collecting.Count < TypesMax && _collecting.Add(count.EventType));
        _add.Bind(1, known ? count.EventType : OtherTypes)
            .Bind(2, count.Total).Bind(3, count.Passed).Bind(4, count.Failed)
            .Bind(5, count.Errors).Bind(6, count.Warnings).Bind(7, count.DurationMicroseconds)
            .Run();
    }

    /// <summary>What was taken before and not confirmed; else what has been collected since, from now on under the new id.</summary>
    public PendingValidation Take(Guid newId)
    {
        var pending = ReadTaken();
        if (pending.Counts.Count > 0)
        {
            return pending with { Behind = CountBehind() };
        }

        _seal.Bind(1, newId).Run();
        _collecting.Clear();
        return ReadTaken();
    }

    public void Confirm(Guid batchId)
    {
        _forget.Bind(1, batchId).Run();
    }

    private static HashSet<string> ReadCollecting(SqliteDatabase database)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        using var rows = database.Prepare("select event_type from pending_validation where batch_id = x''");
        while (rows.Step())
        {
            types.Add(rows.Text(0));
        }

        return types;
    }

    private int CountBehind()
    {
        using var behind = _behind;
        behind.Step();
        return (int)behind.Int64(0);
    }

    private PendingValidation ReadTaken()
    {
        var id = Guid.Empty;
        var counts = new List<ValidationCount>();
        using var taken = _taken;
        while (taken.Step())
        {
            id = taken.Guid(0);
            counts.Add(new ValidationCount(
                taken.Text(1), taken.Int64(2), taken.Int64(3), taken.Int64(4), taken.Int64(5), taken.Int64(6), taken.Int64(7)));
        }

        return new PendingValidation(id, counts);
    }
}
