using Holdfast.Pipeline;
using Holdfast.Spool;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Rows of one kind on their way into their table, already encoded. Knows how its kind is stored and how one of its rows is refused; in
/// which order things are tried is the business of <see cref="RowSetWriter"/>.
/// </summary>
internal abstract class RowSet(List<RefusedRow> refused, int capacityBytes) : IDisposable
{
    private readonly List<Place> _places = [];
    private readonly HashSet<int> _leftOut = [];

    /// <summary>How the kind is called in messages: <c>events</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Bare name of the table, in schema monitoring.</summary>
    public abstract string Table { get; }

    /// <summary>Bare name of the insertable view.</summary>
    public abstract string View { get; }

    /// <summary>The day (UTC) on which all of them were received: their partition.</summary>
    public required DateOnly ReceivedOn { get; init; }

    public int Count => _places.Count;

    /// <summary>Rows that were there already.</summary>
    public int Repeats { get; private set; }

    /// <summary>Rows refused in the course of sending, for reasons that may lie in the schema.</summary>
    public int Suspects { get; private set; }

    protected CopyBuffer Encoded { get; } = new(capacityBytes);

    /// <summary>The columns in the order in which the rows are encoded.</summary>
    protected abstract string Columns { get; }

    public string CopyInto(string relation) => $"COPY monitoring.{relation} ({Columns}) FROM STDIN (FORMAT binary)";

    /// <summary>The bytes of the rows in the range that are to be sent, as few pieces as possible.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces(int first, int end)
    {
        foreach (var gap in _leftOut.Where(row => row >= first && row < end).Order())
        {
            if (gap > first)
            {
                yield return Encoded.Rows(first, gap);
            }

            first = gap + 1;
        }

        if (first < end)
        {
            yield return Encoded.Rows(first, end);
        }
    }

    /// <summary>How many rows of the range are to be sent.</summary>
    public int CountIn(int first, int end) => end - first - _leftOut.Count(row => row >= first && row < end);

    /// <summary>The rows of the range that are to be sent, in order.</summary>
    public IEnumerable<int> RowsIn(int first, int end) => Enumerable.Range(first, end - first).Where(row => !_leftOut.Contains(row));

    /// <summary>Calls the stored function with the rows of the range; returns how many it stored, the others being repeats.</summary>
    public abstract ValueTask<int> CallFunctionAsync(NpgsqlConnection connection, int first, int end, CancellationToken cancellationToken);

    /// <summary>What the stored function does by itself and COPY does not, before the first of the rows.</summary>
    public virtual ValueTask BeforeCopyAsync(NpgsqlConnection connection, string relation, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>What function and view do by themselves and the table does not, for rows that were copied into it.</summary>
    public virtual ValueTask AfterCopyAsync(NpgsqlConnection connection, int first, int end, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Whether the violated key is the one that a repeated row violates.</summary>
    public virtual bool IsRepeat(PostgresException fault) => false;

    /// <summary>Whether no schema could take the row, although the database's code may mean the schema as well.</summary>
    public virtual bool IsItselfAtFault(int row) => false;

    /// <summary>Leaves out the rows from one on that the relation holds already; returns how many.</summary>
    public virtual ValueTask<int> LeaveOutRepeatsAsync(NpgsqlConnection connection, string relation, int first, CancellationToken cancellationToken) =>
        ValueTask.FromResult(0);

    public void LeaveOutRepeat(int row)
    {
        if (_leftOut.Add(row))
        {
            Repeats++;
        }
    }

    /// <summary>Counts rows that the stored function recognised by itself.</summary>
    public void CountRepeats(int repeats) => Repeats += repeats;

    public void Refuse(int row, Refusal refusal, bool suspect)
    {
        if (_leftOut.Add(row))
        {
            refused.Add(ToRefused(row, refusal));
            Suspects += suspect ? 1 : 0;
        }
    }

    /// <summary>Gives every row the same verdict, those too that were stored before the writing was taken back.</summary>
    public void RefuseAll(Refusal refusal)
    {
        _leftOut.Clear();
        Repeats = 0;
        refused.RemoveAll(row => _places.Exists(place => ReferenceEquals(place.Batch, row.Batch) && place.Row == row.Row));
        for (var row = 0; row < Count; row++)
        {
            Refuse(row, refusal, suspect: false);
        }
    }

    public void Dispose()
    {
        Encoded.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Notes where the row that was just encoded came from.</summary>
    protected void Add(SpooledBatch batch, int row, ReadOnlyMemory<byte> bytes) => _places.Add(new Place(batch, row, bytes));

    protected Place PlaceOf(int row) => _places[row];

    protected abstract RefusedRow ToRefused(int row, Refusal refusal);

    /// <summary>Where a row came from.</summary>
    protected readonly record struct Place(SpooledBatch Batch, int Row, ReadOnlyMemory<byte> Bytes);
}
