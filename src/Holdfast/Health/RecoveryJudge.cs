namespace Holdfast.Health;

/// <summary>What a rule did, as far as it limits what it may do.</summary>
/// <param name="Runs">When it acted within the last hour, the oldest first.</param>
/// <param name="LastAt">When it acted last; null: never.</param>
/// <param name="LastOutcome">What came of it.</param>
/// <param name="Fruitless">How often in a row it did not help.</param>
internal sealed record RuleMemory(IReadOnlyList<DateTimeOffset> Runs, DateTimeOffset? LastAt, string? LastOutcome, int Fruitless)
{
    public static RuleMemory Empty { get; } = new([], null, null, 0);

    public int InHour(DateTimeOffset now) => Runs.Count(at => at > now - RecoveryJudge.Hour);

    /// <summary>
    /// What lies in the future was noted by a clock that was ahead. It counts as of now: the rule rests for as long as it would have, and not until
    /// that time comes.
    /// </summary>
    public RuleMemory NotAfter(DateTimeOffset now) => LastAt > now || Runs.Any(at => at > now)
        ? this with { Runs = [.. Runs.Select(at => at > now ? now : at)], LastAt = LastAt > now ? now : LastAt }
        : this;

    /// <summary>It acts now. Noted before it does: what ends the process in the middle of it has been tried, too.</summary>
    public RuleMemory Began(DateTimeOffset now) => this with { Runs = [.. Runs.Where(at => at > now - RecoveryJudge.Hour), now], LastAt = now };

    public RuleMemory Ended(string outcome) => this with
    {
        LastOutcome = outcome,
        Fruitless = outcome switch
        {
            RecoveryOutcomes.NotRepaired or RecoveryOutcomes.Failed => Fruitless + 1,
            RecoveryOutcomes.Skipped => Fruitless, // nothing was tried
            _ => 0,
        },
    };
}

/// <summary>What came of a rule's actions.</summary>
internal static class RecoveryOutcomes
{
    /// <summary>The check was run again, is better, and stayed so for a moment; and what has to show it beside the check has.</summary>
    public const string Repaired = "repaired";

    /// <summary>There was nothing to do: whatever the check says now is not due to the rule.</summary>
    public const string NotNeeded = "not_needed";

    /// <summary>The check was run again, and is no better, or did not stay so; or what has to show it beside the check has not.</summary>
    public const string NotRepaired = "not_repaired";

    /// <summary>An action could not be done.</summary>
    public const string Failed = "failed";

    /// <summary>Something was left undone: an action of an earlier time has not ended, or recovery was switched off meanwhile.</summary>
    public const string Skipped = "skipped";

    /// <summary>Nothing was done: that is what would have been.</summary>
    public const string DryRun = "dry_run";

    /// <summary>There is nothing that says whether it helped: no one check to look at again, or nothing was tried since.</summary>
    public const string Done = "done";
}

/// <summary>Whether a rule acts; pure.</summary>
internal static class RecoveryJudge
{
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private const int DoublingsMax = 6;

    /// <summary>Whether what a rule is about holds. Of what is not known nothing is concluded.</summary>
    /// <param name="state">The state of its check, and since when.</param>
    /// <param name="whileState">The state of the check that must pass meanwhile; null: there is none.</param>
    public static bool Applies(RecoveryRule rule, (HealthState State, DateTimeOffset? Since) state, HealthState? whileState, DateTimeOffset now) =>
        state.State >= rule.State && state.Since is { } since && now - since >= rule.For && whileState is null or HealthState.Pass;

    /// <summary>Until when a rule rests, whatever its check says; null: it may act.</summary>
    /// <param name="all">When rules acted within the last hour, all of them together.</param>
    /// <param name="perHour">How often all of them together may.</param>
    public static DateTimeOffset? RestsUntil(RecoveryRule rule, RuleMemory memory, IReadOnlyList<DateTimeOffset> all, int perHour, DateTimeOffset now)
    {
        var until = new[] { CoolDownEnds(rule, memory), PlaceAgain(memory.Runs, rule.PerHour, now), PlaceAgain(all, perHour, now) }.Max();
        return until > now ? until : null;
    }

    private static DateTimeOffset? CoolDownEnds(RecoveryRule rule, RuleMemory memory)
    {
        // An hour at the most, unless the rule itself says more.
        var doubled = rule.CoolDown * (1 << Math.Min(memory.Fruitless, DoublingsMax));
        return memory.LastAt + (doubled <= Hour ? doubled : rule.CoolDown > Hour ? rule.CoolDown : Hour);
    }

    /// <summary>When one more may be within an hour; null: now.</summary>
    private static DateTimeOffset? PlaceAgain(IReadOnlyList<DateTimeOffset> runs, int most, DateTimeOffset now)
    {
        var recent = runs.Where(at => at > now - Hour).Order().ToArray();
        return recent.Length < most ? null : most == 0 ? now + Hour : recent[^most] + Hour;
    }
}
