namespace Holdfast.Realtime.Changes;

/// <summary>A table whose changes are told.</summary>
/// <param name="Keys">Columns that are told whatever was selected.</param>
internal sealed record ChangeTable(string Schema, string Name, IReadOnlyList<ChangeColumn> Columns, IReadOnlyList<string> Keys)
{
    /// <summary>Place of a column; -1: there is none.</summary>
    public int IndexOf(string column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (string.Equals(Columns[i].Name, column, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}

internal sealed record ChangeColumn(string Name, ColumnType Type);

/// <summary>What happened to a row.</summary>
internal enum ChangeType
{
    Insert,
    Update,
    Delete,
}

/// <summary>A row that was changed.</summary>
/// <param name="Values">By the columns of the table; of a row that was deleted, what it was.</param>
/// <param name="CommittedAt">When it became durable.</param>
internal sealed record RowChange(ChangeTable Table, ChangeType Type, DateTimeOffset CommittedAt, ColumnValue[] Values);
