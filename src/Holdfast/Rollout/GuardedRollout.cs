using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

internal enum RolloutStatus
{
    /// <summary>Goes on by itself, step by step.</summary>
    Running,

    /// <summary>Stays where it is until a person says otherwise. Guards roll it back all the same.</summary>
    Paused,

    /// <summary>Has had its last step.</summary>
    Completed,

    /// <summary>Back at the share from before.</summary>
    RolledBack,
}

/// <summary>When a rollout is rolled back. Both guards compare what was measured of the variant throughout a window.</summary>
internal sealed record RolloutGuards
{
    /// <summary>Share of errors, above which... Default: 5 %.</summary>
    public double ErrorRateMax { get; init; } = 0.05;

    /// <summary>...for so long. Default: 300 s.</summary>
    public TimeSpan ErrorWindow { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Times the baseline's 95th percentile of latency, above which... Default: 2.</summary>
    public double LatencyFactorMax { get; init; } = 2;

    /// <summary>...for so long. Default: 600 s.</summary>
    public TimeSpan LatencyWindow { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Requests of the variant below which nothing is concluded: no rollback, and no step forward either. 0: steps go by time alone. Default: 100.</summary>
    public long SamplesMin { get; init; } = 100;
}

/// <summary>A variant whose share grows in steps as long as its guards allow. Part of the flag it is about, so it survives what the flag survives.</summary>
internal sealed record GuardedRollout
{
    public required string Variant { get; init; }

    /// <summary>Shares in buckets, growing.</summary>
    public required IReadOnlyList<int> Steps { get; init; }

    /// <summary>Which of the steps it is at.</summary>
    public int Step { get; init; }

    public RolloutStatus Status { get; init; } = RolloutStatus.Running;

    /// <summary>How long a step lasts at least.</summary>
    public required TimeSpan Soak { get; init; }

    public RolloutGuards Guards { get; init; } = new();

    public required DateTimeOffset BeganAt { get; init; }

    public required DateTimeOffset StepBeganAt { get; init; }

    /// <summary>The share before it began, and after it was rolled back.</summary>
    public int FromBuckets { get; init; }

    /// <summary>95th percentile of latency without the variant, in milliseconds, for when nobody is left to compare with; null: not known.</summary>
    public double? BaselineMs { get; init; }

    /// <summary>Why it is where it is.</summary>
    public required string Because { get; init; }

    /// <summary>The share of now.</summary>
    public int Buckets => Status == RolloutStatus.RolledBack ? FromBuckets : Steps[Step];

    public bool IsOver => Status is RolloutStatus.Completed or RolloutStatus.RolledBack;

    /// <summary>As it is after a move.</summary>
    public GuardedRollout Move(RolloutDecision decision, DateTimeOffset now)
    {
        var moved = this with { Because = decision.Because, BaselineMs = decision.BaselineMs, StepBeganAt = now };
        return decision.Move switch
        {
            RolloutMove.Advance => moved with { Step = Step + 1 },
            RolloutMove.Complete => moved with { Status = RolloutStatus.Completed },
            _ => moved with { Status = RolloutStatus.RolledBack },
        };
    }

    /// <summary>The rule with the share of now.</summary>
    public FlagRule ApplyTo(FlagRule rule) => rule with { Split = Buckets == 0 ? FlagSplit.Nothing : new FlagSplit([new FlagShare(Variant, Buckets)]) };
}
