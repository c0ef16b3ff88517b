using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>What a flush of the validation metrics came to, in rows: one per event type.</summary>
internal sealed record ValidationFlush
{
    /// <summary>Everything is in the store, and something was written. False when it failed, and also when there was nothing to write.</summary>
    public bool Flushed => Fault is null && Rows > 0;

    /// <summary>Rows that the store holds now.</summary>
    public int Rows { get; init; }

    /// <summary>Way that the last of them took; null when none was written.</summary>
    public string? Approach { get; init; }

    /// <summary>Rows that wait in the spool for another flush.</summary>
    public int Spooled { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>Why not everything could be written; null when it could.</summary>
    public ValidationFlushFault? Fault { get; init; }
}

/// <summary>Why a flush did not write everything.</summary>
/// <param name="Code">A code of <see cref="StoreUnavailableException"/>, <c>spool</c>, or one of those below.</param>
/// <param name="Message">In words an operator can act on and everybody may read.</param>
internal sealed record ValidationFlushFault(string Code, string Message)
{
    /// <summary>All that is known, for the log.</summary>
    public string Details { get; init; } = Message;

    /// <summary>Set when asking again before is of no use.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Persistence is switched off: nothing is wrong, and nothing is written.</summary>
    public static ValidationFlushFault Off { get; } = new("off", "Validation metrics are not persisted (MONITORING_METRICS_PERSISTENCE is off).");

    /// <summary>The process leaves before the flush is over.</summary>
    public static ValidationFlushFault Leaving { get; } = new("leaving", "The server is shutting down.");

    public static ValidationFlushFault Of(StoreUnavailableException unavailable) =>
        new(unavailable.Code, $"The store did not answer ({unavailable.Reason}). {AdviceFor(unavailable.Code)}")
        {
            Details = unavailable.Message,
            RetryAfter = unavailable.RetryAfter,
        };

    public static ValidationFlushFault Of(SpoolUnavailableException unavailable) =>
        new("spool", "The spool cannot be used at present. Check its disk; the log has the details.") { Details = unavailable.Message };

    // Opening is the flusher's: before that the tables may not be there.
    public static ValidationFlushFault NotOpen(StoreCondition condition) => new(condition.Fault ?? "starting", condition.Explanation);

    private static string AdviceFor(string code) => code == "timeout"
        ? "Check its load and the network, or raise MONITORING_TIMEOUT_MS."
        : StoreFaults.AdviceFor(code);
}
