using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>What became of the rows of a set.</summary>
/// <param name="Approach">The approach that stored the last of them; null when none is stored.</param>
/// <param name="Tried">The approach that was tried last.</param>
internal readonly record struct WrittenRows(long Stored, StoreApproach? Approach, StoreApproach? Tried);

/// <summary>
/// Stores the rows of a set inside the transaction at hand: range by range, each under a savepoint, by the best approach that is open. What
/// stands in the way decides what comes next: the next approach, the missing partition, fewer rows, or nobody can help.
/// </summary>
internal sealed class RowSetWriter(NpgsqlConnection connection, NpgsqlTransaction transaction, ApproachChoice choice, RowSet rows, ILogger log)
{
    private const string Savepoint = "rows";

    private readonly IsolationPlan _plan = new(rows.Count);
    private readonly Dictionary<StoreApproach, PostgresException> _closed = [];
    private StoreApproach? _lastApproach;
    private StoreApproach? _tried;
    private bool _repeatsLookedFor;
    private bool _partitionMade;
    private long _stored;

    /// <exception cref="SuspectSchemaException">So many rows are refused that it is the schema that must have changed.</exception>
    /// <exception cref="StoreUnavailableException">No approach is open.</exception>
    public async ValueTask<WrittenRows> WriteAsync(CancellationToken cancellationToken)
    {
        while (!_plan.Done)
        {
            if (rows.CountIn(_plan.First, _plan.End) == 0)
            {
                _plan.Stored();
                continue;
            }

            await SendUnderSavepointAsync(NextApproach(), cancellationToken);
        }

        return new WrittenRows(_stored, _lastApproach, _tried);
    }

    private StoreApproach NextApproach()
    {
        foreach (var approach in choice.For(rows.Count))
        {
            if (!_closed.ContainsKey(approach))
            {
                return approach;
            }
        }

        var reasons = string.Join("; ", _closed.Select(pair => $"{Name(pair.Key)}: {pair.Value.MessageText} ({pair.Value.SqlState})"));
        throw new StoreUnavailableException(
            "schema", $"None of the ways to store {rows.Name} is open: {reasons}. Restore what was changed in schema monitoring.", inner: null);
    }

    private async ValueTask SendUnderSavepointAsync(StoreApproach approach, CancellationToken cancellationToken)
    {
        _tried = approach;
        await transaction.SaveAsync(Savepoint, cancellationToken); // goes with the next statement
        try
        {
            _stored += await SendAsync(approach, cancellationToken);
            await ReleaseAsync(cancellationToken);
        }
        catch (PostgresException fault) when (CanGoOnAfter(fault))
        {
            await connection.ExecuteAsync($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}", cancellationToken);
            await JudgeAsync(approach, fault, cancellationToken);
            return;
        }

        _plan.Stored();
        _lastApproach = approach;
        if (choice.Worked(approach))
        {
            StoreLog.ApproachOpen(log, Name(approach), rows.Name);
        }
    }

    // What is left at the end goes with the transaction, without a round trip of its own.
    private ValueTask ReleaseAsync(CancellationToken cancellationToken) =>
        _plan.End < rows.Count ? new ValueTask(transaction.ReleaseAsync(Savepoint, cancellationToken)) : ValueTask.CompletedTask;

    private static bool CanGoOnAfter(PostgresException fault) =>
        SqlStates.IsCapability(fault.SqlState) || SqlStates.IsMissingPartition(fault) || SqlStates.RefusesRow(fault);

    private ValueTask<long> SendAsync(StoreApproach approach, CancellationToken cancellationToken) =>
        approach == StoreApproach.Rpc ? CallFunctionAsync(cancellationToken) : CopyAsync(approach, cancellationToken);

    private async ValueTask<long> CallFunctionAsync(CancellationToken cancellationToken)
    {
        var stored = await rows.CallFunctionAsync(connection, _plan.First, _plan.End, cancellationToken);
        rows.CountRepeats(rows.CountIn(_plan.First, _plan.End) - stored);
        return stored;
    }

    private async ValueTask<long> CopyAsync(StoreApproach approach, CancellationToken cancellationToken)
    {
        var relation = RelationOf(approach);
        if (!_repeatsLookedFor)
        {
            await rows.BeforeCopyAsync(connection, relation, cancellationToken);
            _repeatsLookedFor = true;
            if (rows.CountIn(_plan.First, _plan.End) == 0)
            {
                return 0;
            }
        }

        await SendPiecesAsync(relation, cancellationToken);
        if (approach == StoreApproach.Direct)
        {
            await rows.AfterCopyAsync(connection, _plan.First, _plan.End, cancellationToken);
        }

        return rows.CountIn(_plan.First, _plan.End);
    }

    private async ValueTask SendPiecesAsync(string relation, CancellationToken cancellationToken)
    {
        var copy = await connection.BeginRawBinaryCopyAsync(rows.CopyInto(relation), cancellationToken);
        try
        {
            await copy.WriteAsync(CopyBuffer.Header, cancellationToken);
            foreach (var piece in rows.Pieces(_plan.First, _plan.End))
            {
                await copy.WriteAsync(piece, cancellationToken);
            }

            await copy.WriteAsync(CopyBuffer.Trailer, cancellationToken);
        }
        catch
        {
            await AbandonAsync(copy);
            throw;
        }

        await copy.DisposeAsync(); // ends the COPY: here the server says what it thinks of the rows
    }

    // Disposing would end the COPY as if all rows were there, and the answer to half a row would hide the fault at hand.
    private async ValueTask AbandonAsync(NpgsqlRawCopyStream copy)
    {
        try
        {
            await copy.CancelAsync();
        }
        catch (Exception second) when (second is NpgsqlException or IOException or InvalidOperationException)
        {
            StoreLog.CopyNotCancelled(log, second);
        }
    }

    private async ValueTask JudgeAsync(StoreApproach approach, PostgresException fault, CancellationToken cancellationToken)
    {
        // The order matters: a repeat has the code of a data error, and a missing partition that of a broken rule.
        if (SqlStates.IsCapability(fault.SqlState))
        {
            Close(approach, fault);
        }
        else if (SqlStates.IsMissingPartition(fault))
        {
            ThrowIfMadeInVain(fault);
            await Partitions.EnsureAsync(connection, rows.Table, rows.ReceivedOn, cancellationToken);
        }
        else if (rows.IsRepeat(fault))
        {
            await LeaveOutRepeatsAsync(approach, fault, cancellationToken);
        }
        else
        {
            RefuseOrHalve(approach, fault);
        }
    }

    // It is no fault of the rows: what was made does not take them, or was taken away again.
    private void ThrowIfMadeInVain(PostgresException fault)
    {
        if (_partitionMade)
        {
            throw new StoreUnavailableException(
                "schema", $"The partition of {rows.Table} for {rows.ReceivedOn:O} was made, and rows of that day are refused all the same ({fault.MessageText}). Restore what was changed in schema monitoring.", fault);
        }

        _partitionMade = true;
    }

    private void Close(StoreApproach approach, PostgresException fault)
    {
        _closed[approach] = fault;
        if (choice.Closed(approach))
        {
            StoreLog.ApproachClosed(log, Name(approach), rows.Name, fault.SqlState, fault.MessageText, ApproachChoice.ProbeAfter.TotalSeconds);
        }
    }

    private async ValueTask LeaveOutRepeatsAsync(StoreApproach approach, PostgresException fault, CancellationToken cancellationToken)
    {
        if (await rows.LeaveOutRepeatsAsync(connection, RelationOf(approach), _plan.First, cancellationToken) > 0)
        {
            return; // the same range once more, without them
        }

        // Then the row repeats another one of this range, and only one of the two may go.
        if (RowNamedBy(fault, approach) is { } row)
        {
            rows.LeaveOutRepeat(row);
            _plan.LeftOut(row);
        }
        else
        {
            _plan.Halve();
        }
    }

    private void RefuseOrHalve(StoreApproach approach, PostgresException fault)
    {
        if (RowNamedBy(fault, approach) is not { } row)
        {
            _plan.Halve();
            return;
        }

        var refusal = new Refusal(fault.SqlState, fault.ConstraintName, fault.ColumnName, fault.MessageText);
        rows.Refuse(row, refusal, suspect: !SqlStates.IsIntrinsic(fault.SqlState) && !rows.IsItselfAtFault(row));
        _plan.LeftOut(row);
        if (SuspectSchemaException.IsDue(rows.Suspects, rows.Count))
        {
            throw new SuspectSchemaException(rows.Name, rows.Suspects, rows.Count, refusal);
        }
    }

    private int? RowNamedBy(PostgresException fault, StoreApproach approach)
    {
        var line = approach == StoreApproach.Rpc ? null : CopyContext.LineOf(fault.Where, RelationOf(approach));
        var count = rows.CountIn(_plan.First, _plan.End);
        return line <= count ? rows.RowsIn(_plan.First, _plan.End).ElementAt(line.Value - 1)
            : count == 1 ? rows.RowsIn(_plan.First, _plan.End).First()
            : null;
    }

    private string RelationOf(StoreApproach approach) => approach == StoreApproach.View ? rows.View : rows.Table;

    internal static string Name(StoreApproach approach) => approach switch
    {
        StoreApproach.Rpc => "rpc",
        StoreApproach.Direct => "direct",
        _ => "view",
    };
}
