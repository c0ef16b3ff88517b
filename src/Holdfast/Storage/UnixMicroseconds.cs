namespace Holdfast.Storage;

/// <summary>Instants as databases keep them: whole microseconds since 1970, UTC.</summary>
internal static class UnixMicroseconds
{
    public const long PerSecond = 1_000_000;
    public const long PerMillisecond = 1_000;

    /// <summary>What is finer than a microsecond is cut off, also before 1970.</summary>
    public static long From(DateTimeOffset instant) =>
        (instant.UtcTicks / TimeSpan.TicksPerMicrosecond) - (DateTimeOffset.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <exception cref="ArgumentOutOfRangeException">Outside the years 1 to 9999.</exception>
    public static DateTimeOffset ToInstant(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond));
}
