namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// How many parked rows to try again in a pass. A few at first: if the schema still refuses them they come back, and the next try waits for
/// twice as many passes. What is taken doubles the next try. So a schema that stays broken costs a few rows a minute, and one that is mended gets
/// everything within a few passes. Counts passes and asks no clock. Pure, but for what it remembers.
/// </summary>
internal sealed class UnparkPace
{
    /// <summary>Rows of a try about which nothing is known.</summary>
    public const int RowsMin = 500;

    /// <summary>Rows of a try at the most: what comes back of them is written into the spool once more.</summary>
    public const int RowsMax = 64_000;

    /// <summary>Passes between two tries at the most: a minute.</summary>
    public const int RestMax = 12;

    private long _suspicions;
    private int _bounces;
    private int _rest;
    private int _rows = RowsMin;
    private bool _tried;

    /// <param name="suspicions">How many writes have given reason to suspect the schema, ever.</param>
    /// <returns>0 when nothing is to be tried in this pass.</returns>
    public int NextPass(long suspicions)
    {
        if (suspicions != _suspicions)
        {
            _suspicions = suspicions;
            NoteRefusal();
        }
        else if (_tried)
        {
            (_bounces, _rows) = (0, Math.Min(RowsMax, 2 * _rows));
        }
        else if (_rest > 0)
        {
            _rest--;
        }

        _tried = false;
        return _rest > 0 ? 0 : _rows;
    }

    /// <summary>Rows were sent on their way in this pass; the next one knows what became of them.</summary>
    public void Tried() => _tried = true;

    /// <summary>Data that has just come may be what was refused; only what was tried counts as come back.</summary>
    private void NoteRefusal()
    {
        _bounces += _tried ? 1 : 0;
        _rest = Math.Min(RestMax, 1 << Math.Min(_bounces, 10));
        _rows = RowsMin;
    }
}
