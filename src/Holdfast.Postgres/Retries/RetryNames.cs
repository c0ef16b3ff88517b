using Holdfast.Retries;

namespace Holdfast.Postgres.Retries;

/// <summary>The words that the tables and functions have for the contract's values.</summary>
internal static class RetryNames
{
    private static readonly Dictionary<string, RetryStatus> Statuses = Enum.GetValues<RetryStatus>().ToDictionary(RetryJson.NameOf, StringComparer.Ordinal);

    private static readonly Dictionary<string, RetryHistoryKind> Kinds = Enum.GetValues<RetryHistoryKind>().ToDictionary(RetryJson.NameOf, StringComparer.Ordinal);

    public static RetryStatus StatusOf(string name) => Statuses[name];

    public static RetryHistoryKind HistoryKindOf(string name) => Kinds[name];

    public static string NameOf(AckKind kind) => kind switch
    {
        AckKind.Completed => "completed",
        AckKind.Retry => "retry",
        AckKind.GiveUp => "give_up",
        AckKind.Failed => "failed",
        AckKind.Snooze => "snooze",
        AckKind.Returned => "returned",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown outcome."),
    };

    public static RetryChangeResult ResultOf(string name) => name switch
    {
        "done" => RetryChangeResult.Done,
        "not_found" => RetryChangeResult.NotFound,
        "wrong_state" => RetryChangeResult.WrongState,
        "duplicate" => RetryChangeResult.Duplicate,
        "changed" => RetryChangeResult.Changed,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown result."),
    };
}
