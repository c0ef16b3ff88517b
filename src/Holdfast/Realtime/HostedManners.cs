namespace Holdfast.Realtime;

/// <summary>
/// How a hosted project behaves where this server does not: its limit of messages, and the time it takes before it says what is wrong. With
/// these this server stands in for one, in tests and demonstrations.
/// </summary>
internal static class HostedManners
{
    /// <summary>Of the smallest plan.</summary>
    public const long MessagesPerSecond = 100;

    public static readonly TimeSpan ConnectErrorDelay = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan JoinErrorDelay = TimeSpan.FromSeconds(5);

    public static RealtimeOptions Of(RealtimeOptions options) => options with
    {
        MessagesPerSecond = options.MessagesPerSecond is > 0 and < MessagesPerSecond ? options.MessagesPerSecond : MessagesPerSecond,
        ConnectErrorDelay = ConnectErrorDelay,
        JoinErrorDelay = JoinErrorDelay,
    };
}
