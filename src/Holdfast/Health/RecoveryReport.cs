namespace Holdfast.Health;

/// <summary>What a rule did.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Outcome">One of <see cref="RecoveryOutcomes"/>.</param>
/// <param name="Actions">What was done of it, in order.</param>
/// <param name="Detail">What came of it, in a sentence.</param>
/// <param name="By">Who wanted it, and why; null: the rule itself.</param>
internal sealed record RecoveryReport(RecoveryRule Rule, string Outcome, IReadOnlyList<ActionReport> Actions, string Detail, DateTimeOffset At, (string Actor, string? Reason)? By)
{
    /// <summary>That was open when it began; null: none was.</summary>
    public Guid? Incident { get; init; }
}

/// <summary>What became of an action.</summary>
/// <param name="Done">False: it failed, or was not done in a dry run.</param>
/// <param name="Acted">False: there was nothing to do.</param>
internal sealed record ActionReport(string Name, bool Done, string Detail, bool Acted = true)
{
    /// <summary>Says whether something has shown that it helped; null: the check alone does.</summary>
    public Func<bool?>? Helped { get; init; }
}

/// <summary>A rule as it stands.</summary>
/// <param name="RestsUntil">It does not act before; null: it may.</param>
internal sealed record RuleStatus(RecoveryRule Rule, RuleMemory Memory, int FiredInHour, DateTimeOffset? RestsUntil);
