using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>What a command needs while its group is written, and what the group has changed.</summary>
internal sealed class GroupCommit
{
    private readonly List<NumberedBatch> _appended = [];
    private readonly List<long> _removed = [];

    public SpoolFile File { get; private set; } = null!;

    /// <summary>The instant at which everything of the group was received, to the microsecond, as the file keeps it.</summary>
    public DateTimeOffset Now { get; private set; }

    public IReadOnlyList<NumberedBatch> Appended => _appended;
    public IReadOnlyList<long> Removed => _removed;
    public long AppendedBytes { get; private set; }
    public long RemovedBytes { get; private set; }

    public void Begin(SpoolFile file, DateTimeOffset now)
    {
        File = file;
        Now = UnixMicroseconds.ToInstant(UnixMicroseconds.From(now));
        _appended.Clear();
        _removed.Clear();
        AppendedBytes = 0;
        RemovedBytes = 0;
    }

    public NumberedBatch Append(SpoolEntry entry)
    {
        var batch = File.Append(entry, Now);
        _appended.Add(batch);
        AppendedBytes += entry.Payload.Length;
        return batch;
    }

    /// <summary>Moves parked rows among the batches that wait; returns how many.</summary>
    public int Unpark(int rowsMax)
    {
        var rows = File.Parked.Take(rowsMax);
        foreach (var row in rows)
        {
            _appended.Add(File.Unpark(row, Now));
            AppendedBytes += row.Payload.Length;
        }

        return rows.Count;
    }

    public void Remove(long batchSeq)
    {
        RemovedBytes += File.Remove(batchSeq);
        _removed.Add(batchSeq);
    }

    public void SetAside(long batchSeq, string reason)
    {
        File.SetAside(batchSeq, reason, Now);
        _removed.Add(batchSeq);
    }
}

/// <summary>Something the writer does. It is applied in the transaction of its group, and settled exactly once, after the group's commit.</summary>
internal abstract class SpoolCommand
{
    private bool _settled;

    /// <summary>Bytes it brings; they are in memory until it is settled.</summary>
    public virtual long SizeBytes => 0;

    /// <summary>Whether it is acknowledged only once the mark is on disk.</summary>
    public virtual bool NeedsMark => false;

    /// <summary>Whether it needs room that has to last: refused when there is none.</summary>
    public bool Adds => SizeBytes > 0 || NeedsMark;

    /// <summary>May run again after a rollback, so it keeps nothing but its result.</summary>
    public abstract void Apply(GroupCommit commit);

    public abstract void Succeed();

    public abstract void Fail(Exception exception);

    /// <summary>Whether this is the first time that it is settled. For the writer's thread.</summary>
    public bool TrySettle() => !_settled && (_settled = true);
}

/// <summary>A command with an answer.</summary>
internal abstract class SpoolCommand<TResult> : SpoolCommand
{
    // Whoever waits goes on elsewhere: the writer's thread is not to be borrowed.
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult _result = default!;
    private Exception? _refusal;

    public Task<TResult> Completion => _completion.Task;

    public override void Apply(GroupCommit commit)
    {
        _refusal = null;
        _result = Answer(commit);
    }

    public override void Succeed()
    {
        if (_refusal is null)
        {
            _completion.TrySetResult(_result);
        }
        else
        {
            _completion.TrySetException(_refusal);
        }
    }

    public override void Fail(Exception exception) => _completion.TrySetException(exception);

    protected abstract TResult Answer(GroupCommit commit);

    /// <summary>This command alone fails; the rest of the group goes on.</summary>
    protected TResult Refuse(Exception refusal)
    {
        _refusal = refusal;
        return default!;
    }
}

internal sealed class AppendCommand(SpoolAppend append) : SpoolCommand<SpoolReceipt>
{
    public override long SizeBytes { get; } = append.Entries.Sum(e => (long)e.Payload.Length);

    public override bool NeedsMark => true;

    protected override SpoolReceipt Answer(GroupCommit commit)
    {
        var positions = new SpoolPosition[append.Entries.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var batch = commit.Append(append.Entries[i]);
            positions[i] = new SpoolPosition(batch.BatchSeq, batch.Batch.FirstSequence);
        }

        foreach (var count in append.Validation)
        {
            commit.File.Validation.Add(count);
        }

        return new SpoolReceipt(positions, commit.Now);
    }
}

internal sealed class ParkCommand(IReadOnlyList<ParkedRow> rows, long bytesMax) : SpoolCommand<bool>
{
    public override long SizeBytes { get; } = rows.Sum(r => (long)r.Payload.Length);

    protected override bool Answer(GroupCommit commit)
    {
        if (commit.File.Counters.ParkedBytes + SizeBytes > bytesMax)
        {
            return Refuse(new SpoolFullException(
                $"Parked rows have used up their share of the spool ({bytesMax} bytes).", TimeSpan.FromMinutes(1)));
        }

        foreach (var row in rows)
        {
            commit.File.Park(row);
        }

        return true;
    }
}

/// <summary>Gives out numbers like an append, so its answer waits for the mark like that of one.</summary>
internal sealed class UnparkCommand(int rowsMax) : SpoolCommand<int>
{
    public override bool NeedsMark => true;

    protected override int Answer(GroupCommit commit) => commit.Unpark(rowsMax);
}

/// <summary>A command that is one step on the file.</summary>
internal sealed class FileCommand<TResult>(Func<GroupCommit, TResult> step) : SpoolCommand<TResult>
{
    protected override TResult Answer(GroupCommit commit) => step(commit);
}

/// <summary>A command without an answer of its own.</summary>
internal static class FileCommand
{
    public static FileCommand<bool> Of(Action<GroupCommit> step) => new(commit =>
    {
        step(commit);
        return true;
    });
}

/// <summary>Wakes the writer for its housekeeping. Nobody waits for it.</summary>
internal sealed class TickCommand : SpoolCommand<bool>
{
    protected override bool Answer(GroupCommit commit) => true;
}

/// <summary>Asks the writer to salvage a file that a reader found damaged.</summary>
/// <param name="opened">Which opening of the file it was (<see cref="SpoolStatus.Opened"/>): several readers may find the same damage.</param>
internal sealed class RepairCommand(string damage, int opened) : SpoolCommand<bool>
{
    public string Damage { get; } = damage;

    public int Opened { get; } = opened;

    protected override bool Answer(GroupCommit commit) => true;
}
