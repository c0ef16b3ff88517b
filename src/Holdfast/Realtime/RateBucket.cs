namespace Holdfast.Realtime;

/// <summary>
/// So many at once, and so many in a time: what is taken is paid for by waiting, and the instant until which everything is paid is all that
/// is kept. Pure but for that instant; for one caller at a time.
/// </summary>
internal sealed class RateBucket(int most, TimeSpan window)
{
    private readonly TimeSpan _price = window / most;
    private DateTimeOffset _paidUntil;

    public bool TryTake(DateTimeOffset now)
    {
        var from = _paidUntil > now ? _paidUntil : now;
        if (from - now > window - _price)
        {
            return false;
        }

        _paidUntil = from + _price;
        return true;
    }
}
