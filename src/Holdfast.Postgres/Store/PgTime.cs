using Holdfast.Storage;

namespace Holdfast.Postgres.Store;

/// <summary>Instants and days as PostgreSQL's binary formats have them: microseconds and days since 2000.</summary>
internal static class PgTime
{
    private const long UnixMicrosecondsOf2000 = 946_684_800_000_000;

    private static readonly int DayNumberOf2000 = new DateOnly(2000, 1, 1).DayNumber;

    /// <summary>What lies before the range of the format becomes its lowest value, which is -infinity to PostgreSQL: no column here takes it.</summary>
    public static long OfUnixMicroseconds(long microseconds) =>
        microseconds < long.MinValue + UnixMicrosecondsOf2000 ? long.MinValue : microseconds - UnixMicrosecondsOf2000;

    public static long OfUnixMilliseconds(long milliseconds) =>
        OfUnixMicroseconds((long)Int128.Clamp((Int128)milliseconds * UnixMicroseconds.PerMillisecond, long.MinValue, long.MaxValue));

    public static int OfDay(DateOnly day) => day.DayNumber - DayNumberOf2000;

    public static DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    /// <summary>The driver takes instants in UTC only.</summary>
    public static DateTime Of(long unixMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).UtcDateTime;

    public static long UnixMillisecondsOf(DateTime instant) => new DateTimeOffset(instant).ToUnixTimeMilliseconds();
}
