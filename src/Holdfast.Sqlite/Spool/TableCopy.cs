using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Spool;

/// <summary>Copies a table row by row, whatever its columns.</summary>
internal static class TableCopy
{
    /// <summary>False when the source could not be read to its end. An error of the target is thrown.</summary>
    public static bool TryCopy(SqliteDatabase from, SqliteDatabase to, string table)
    {
        if (TryPrepare(from, $"select * from {table}") is not { } rows)
        {
            return false;
        }

        using (rows)
        {
            var slots = string.Join(", ", Enumerable.Range(1, rows.ColumnCount).Select(n => $"?{n}"));
            var insert = to.Prepare($"insert or ignore into {table} values ({slots})");
            StepResult result;
            while ((result = TryStep(rows)) == StepResult.Row)
            {
                for (var column = 0; column < rows.ColumnCount; column++)
                {
                    insert.BindColumn(column + 1, rows, column);
                }

                insert.Run();
            }

            return result == StepResult.End;
        }
    }

    /// <summary>A statement on a file that may be damaged; null when not even that can be had.</summary>
    public static SqliteStatement? TryPrepare(SqliteDatabase damaged, string sql)
    {
        try
        {
            return damaged.Prepare(sql);
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <summary>A step over a file that may be damaged: damage is a result here, not an error.</summary>
    public static StepResult TryStep(SqliteStatement rows) => rows.TryStep(out var hasRow, out _) switch
    {
        0 => hasRow ? StepResult.Row : StepResult.End,
        _ => StepResult.Damage,
    };
}

internal enum StepResult
{
    Row,
    End,
    Damage,
}
