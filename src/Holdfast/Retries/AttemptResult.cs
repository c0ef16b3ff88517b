using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>How an attempt ended.</summary>
internal abstract record AttemptResult
{
    private AttemptResult()
    {
    }

    /// <summary>What the destination's breaker makes of it. Only what is tried again speaks against the destination: a refusal is an answer.</summary>
    public abstract CallVerdict Verdict { get; }

    /// <summary>When the worker may go on: later than now only when too many handlers do not end.</summary>
    public Task WorkerFree { get; init; } = Task.CompletedTask;

    /// <summary>The handler said what came of it.</summary>
    public sealed record Told(RetryOutcome Outcome) : AttemptResult
    {
        public override CallVerdict Verdict => Outcome switch
        {
            RetryOutcome.DoneOutcome => CallVerdict.Success,
            RetryOutcome.RetryOutcomeAgain => CallVerdict.Failure,
            _ => CallVerdict.Ignored,
        };
    }

    /// <summary>The handler threw.</summary>
    public sealed record Threw(Exception Fault) : AttemptResult
    {
        public override CallVerdict Verdict => CallVerdict.Failure;
    }

    /// <summary>Its time was over.</summary>
    /// <param name="After">How long it had.</param>
    /// <param name="LeftBehind">The handler ignored its cancellation.</param>
    public sealed record TimedOut(TimeSpan After, bool LeftBehind) : AttemptResult
    {
        public override CallVerdict Verdict => CallVerdict.Failure;
    }

    /// <summary>The lease was lost or the process leaves: nothing came of it that counts.</summary>
    public sealed record Interrupted : AttemptResult
    {
        public override CallVerdict Verdict => CallVerdict.Cancelled;
    }
}
