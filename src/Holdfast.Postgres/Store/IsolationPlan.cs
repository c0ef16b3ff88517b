namespace Holdfast.Postgres.Store;

/// <summary>
/// Which rows to send next, so that every good row is stored and every bad one found. A row that the database names is left out, and the
/// rows before it go first: they are known to be good. Where the database names none, the range is halved. After a fault the ranges are
/// short and grow again with every success, since the tail of a long range would be sent for nothing again and again. Pure.
/// </summary>
internal sealed class IsolationPlan
{
    private const int RangeMin = 64;

    private readonly int _rows;
    private int _range;

    public IsolationPlan(int rows) => _rows = _range = End = rows;

    public bool Done => First >= _rows;

    /// <summary>The first row of the range.</summary>
    public int First { get; private set; }

    /// <summary>The row behind the range.</summary>
    public int End { get; private set; }

    /// <summary>The range is stored.</summary>
    public void Stored()
    {
        First = End;
        _range = (int)Math.Min(_rows, 2L * _range);
        End = Math.Min(_rows, First + _range);
    }

    /// <summary>Nothing of the range is stored because of this row, which will not be sent again.</summary>
    public void LeftOut(int row)
    {
        _range = Math.Max(RangeMin, row - First);
        if (row == First)
        {
            First++;
        }

        End = row > First ? row : Math.Min(_rows, First + _range);
    }

    /// <summary>Nothing of the range is stored because of one of its rows.</summary>
    public void Halve()
    {
        _range = Math.Max(1, (End - First) / 2);
        End = First + _range;
    }
}
