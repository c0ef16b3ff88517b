using System.Text.Json;
using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

/// <summary>Rollouts as JSON: what people ask for, and what is stored.</summary>
internal static class RolloutJson
{
    private const int StepsMax = 20;
    private const double SecondsMax = 30 * 86_400;

    private static readonly decimal[] DefaultSteps = [1, 5, 25, 50, 100];

    public static IReadOnlyDictionary<string, RolloutStatus> Statuses { get; } = new Dictionary<string, RolloutStatus>(StringComparer.Ordinal)
    {
        ["running"] = RolloutStatus.Running,
        ["paused"] = RolloutStatus.Paused,
        ["completed"] = RolloutStatus.Completed,
        ["rolled_back"] = RolloutStatus.RolledBack,
    };

    public static string NameOf(RolloutStatus status) => Statuses.First(pair => pair.Value == status).Key;

    /// <summary>What a person asks for; it begins when the store says what time it is.</summary>
    public static GuardedRollout ReadOrder(JsonElement json, string path, List<FlagFault> faults)
    {
        var fields = new FlagFields(json, path, faults);
        var rollout = ReadPlan(fields, faults) with { BaselineMs = Number(fields, "baseline_ms", 0.1, 600_000, null) };
        fields.Find("reason");
        fields.RefuseUnknown();
        return rollout;
    }

    /// <summary>What was stored.</summary>
    public static GuardedRollout Read(JsonElement json, string path, List<FlagFault> faults)
    {
        var fields = new FlagFields(json, path, faults);
        var rollout = ReadPlan(fields, faults) with
        {
            Step = (int)(Number(fields, "step", 0, StepsMax - 1, 0) ?? 0),
            Status = fields.Choice("status", Statuses, RolloutStatus.Paused),
            BeganAt = Instant(fields, "began_at"),
            StepBeganAt = Instant(fields, "step_began_at"),
            FromBuckets = FlagShare.BucketsOf((decimal)(Number(fields, "from_percent", 0, 100, 0) ?? 0)),
            BaselineMs = Number(fields, "baseline_ms", 0, double.MaxValue, null),
            Because = fields.Text("because") ?? "",
        };
        fields.Find("percent");
        fields.RefuseUnknown();
        if (rollout.Step >= rollout.Steps.Count)
        {
            fields.Fault("step", "There is no such step.");
        }

        return rollout;
    }

    public static void Write(Utf8JsonWriter json, GuardedRollout rollout)
    {
        json.WriteStartObject();
        json.WriteString("variant"u8, rollout.Variant);
        json.WriteStartArray("steps"u8);
        foreach (var step in rollout.Steps)
        {
            json.WriteNumberValue(PercentOf(step));
        }

        json.WriteEndArray();
        json.WriteNumber("step"u8, rollout.Step);
        json.WriteString("status"u8, NameOf(rollout.Status));
        json.WriteNumber("percent"u8, PercentOf(rollout.Buckets));
        json.WriteNumber("from_percent"u8, PercentOf(rollout.FromBuckets));
        json.WriteNumber("soak_seconds"u8, rollout.Soak.TotalSeconds);
        json.WriteString("began_at"u8, rollout.BeganAt.UtcDateTime);
        json.WriteString("step_began_at"u8, rollout.StepBeganAt.UtcDateTime);
        WriteGuards(json, rollout.Guards);
        if (rollout.BaselineMs is { } baseline)
        {
            json.WriteNumber("baseline_ms"u8, Math.Round(baseline, 3));
        }

        json.WriteString("because"u8, rollout.Because);
        json.WriteEndObject();
    }

    private static GuardedRollout ReadPlan(FlagFields fields, List<FlagFault> faults) => new()
    {
        Variant = fields.Text("variant") ?? "on",
        Steps = ReadSteps(fields),
        Soak = Seconds(fields, "soak_seconds", 600),
        Guards = fields.Find("guards") is { } guards ? ReadGuards(new FlagFields(guards, fields.Path("guards"), faults)) : new RolloutGuards(),
        BeganAt = default,
        StepBeganAt = default,
        Because = "",
    };

    private static List<int> ReadSteps(FlagFields fields)
    {
        var given = fields.List("steps", StepsMax);
        var steps = given.Select(step => step.ValueKind == JsonValueKind.Number && step.TryGetDecimal(out var percent) ? percent : -1).ToList();
        if (steps.Count == 0)
        {
            steps = [.. DefaultSteps];
        }

        if (steps.Exists(step => step is <= 0 or > 100) || steps.Zip(steps.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            fields.Fault("steps", "Percentages above 0 up to 100 are wanted, each larger than the one before.");
            return [FlagBucket.Count];
        }

        return steps.ConvertAll(FlagShare.BucketsOf);
    }

    private static RolloutGuards ReadGuards(FlagFields fields)
    {
        var usual = new RolloutGuards();
        var guards = new RolloutGuards
        {
            ErrorRateMax = Number(fields, "error_rate", 0, 1, usual.ErrorRateMax) ?? 0,
            ErrorWindow = Seconds(fields, "error_seconds", usual.ErrorWindow.TotalSeconds),
            LatencyFactorMax = Number(fields, "latency_factor", 1, 1_000, usual.LatencyFactorMax) ?? 1,
            LatencyWindow = Seconds(fields, "latency_seconds", usual.LatencyWindow.TotalSeconds),
            SamplesMin = (long)(Number(fields, "samples_min", 0, 1_000_000_000, usual.SamplesMin) ?? 0),
        };
        if (guards.ErrorWindow > GuardJudge.Horizon || guards.LatencyWindow > GuardJudge.Horizon)
        {
            fields.Fault("error_seconds", $"Windows are at most {GuardJudge.Horizon.TotalSeconds:0} seconds.");
        }

        fields.RefuseUnknown();
        return guards;
    }

    private static void WriteGuards(Utf8JsonWriter json, RolloutGuards guards)
    {
        json.WriteStartObject("guards"u8);
        json.WriteNumber("error_rate"u8, guards.ErrorRateMax);
        json.WriteNumber("error_seconds"u8, guards.ErrorWindow.TotalSeconds);
        json.WriteNumber("latency_factor"u8, guards.LatencyFactorMax);
        json.WriteNumber("latency_seconds"u8, guards.LatencyWindow.TotalSeconds);
        json.WriteNumber("samples_min"u8, guards.SamplesMin);
        json.WriteEndObject();
    }

    private static TimeSpan Seconds(FlagFields fields, string name, double fallback) => TimeSpan.FromSeconds(Number(fields, name, 1, SecondsMax, fallback) ?? fallback);

    private static double? Number(FlagFields fields, string name, double least, double most, double? fallback)
    {
        if (fields.Find(name) is not { } value)
        {
            return fallback;
        }

        if (FlagValues.Number(value) is { } number && number >= least && number <= most)
        {
            return number;
        }

        fields.Fault(name, FormattableString.Invariant($"A number from {least} to {most} is wanted."));
        return fallback;
    }

    private static DateTimeOffset Instant(FlagFields fields, string name)
    {
        if (fields.Find(name) is { ValueKind: JsonValueKind.String } value && value.TryGetDateTimeOffset(out var instant))
        {
            return instant;
        }

        fields.Fault(name, "An instant is wanted.");
        return default;
    }

    private static decimal PercentOf(int buckets) => new FlagShare("", buckets).Percent;
}
