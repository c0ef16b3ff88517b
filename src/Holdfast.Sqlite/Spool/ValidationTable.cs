using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>Validation counts on their way to the store: one group collects, at most one other has been taken under an id and not been confirmed.</summary>
internal sealed class ValidationTable
{
    // Types are the clients' words, so there may be any number of them. Beyond this many they share one bucket.
    internal const int TypesMax = 10_000;
    internal const string OtherTypes = "(other)";

    private readonly HashSet<string> _collecting;
    private readonly SpoolStatement _add;
    private readonly SpoolStatement _seal;
    private readonly SpoolStatement _taken;
    private readonly SpoolStatement _forget;

    public ValidationTable(SpoolConnection connection)
    {
        _collecting = [.. connection.Texts("select event_type from pending_validation where batch_id = x''")];
        _add = connection.Prepare(
            """
            insert into pending_validation values (x'', ?1, ?2, ?3, ?4, ?5, ?6, ?7)
            on conflict do update set
                total = total + excluded.total, passed = passed + excluded.passed, failed = failed + excluded.failed,
                errors = errors + excluded.errors, warnings = warnings + excluded.warnings, duration_us = duration_us + excluded.duration_us
            """);
        _seal = connection.Prepare("update pending_validation set batch_id = ?1 where batch_id = x''");
        _taken = connection.Prepare(
            """
            select batch_id, event_type, total, passed, failed, errors, warnings, duration_us
            from pending_validation where batch_id <> x'' order by event_type
            """);
        _forget = connection.Prepare("delete from pending_validation where batch_id = ?1");
    }

    public void Add(in ValidationCount count)
    {
        var known = _collecting.Contains(count.EventType)
            || (_collecting.Count < TypesMax && _collecting.Add(count.EventType));
        _add.Bind(1, known ? count.EventType : OtherTypes);
        _add.Bind(2, count.Total);
        _add.Bind(3, count.Passed);
        _add.Bind(4, count.Failed);
        _add.Bind(5, count.Errors);
        _add.Bind(6, count.Warnings);
        _add.Bind(7, count.DurationMicroseconds);
        _add.Run();
    }

    /// <summary>What was taken before and not confirmed; else what has been collected since, from now on under the new id.</summary>
    public PendingValidation Take(Guid newId)
    {
        var pending = ReadTaken();
        if (pending.Counts.Count > 0)
        {
            return pending;
        }

        _seal.Bind(1, newId);
        _seal.Run();
        _collecting.Clear();
        return ReadTaken();
    }

    public void Confirm(Guid batchId)
    {
        _forget.Bind(1, batchId);
        _forget.Run();
    }

    private PendingValidation ReadTaken()
    {
        var id = Guid.Empty;
        var counts = new List<ValidationCount>();
        while (_taken.Step())
        {
            id = _taken.Guid(0);
            counts.Add(new ValidationCount(
                _taken.Text(1), _taken.Int64(2), _taken.Int64(3), _taken.Int64(4), _taken.Int64(5), _taken.Int64(6), _taken.Int64(7)));
        }

        _taken.Reset();
        return new PendingValidation(id, counts);
    }
}
