using System.Text.Json;

namespace Holdfast.Health;

/// <summary>
/// Reads what settings say of checks and rules. Of checks <c>{"disk": false, "storage": {"period_s": 5, "timeout_s": 2}}</c>; of rules
/// <c>{"restart": false, "page": {"check": "*", "state": "fail", "for_s": 60, "actions": ["webhook"]}}</c>, on top of those that are built in.
/// </summary>
internal static class HealthSettingsJson
{
    private const int NamesMax = 100;
    private const int NameLengthMax = 100;
    private const double DaySeconds = 86_400;

    /// <summary>What is wrong with the checks, every fault of them; null: nothing.</summary>
    public static string? FaultInChecks(JsonElement checks) => FaultOf(faults => ReadChecks(checks, faults));

    /// <summary>What is wrong with the rules, every fault of them; null: nothing.</summary>
    public static string? FaultInRules(JsonElement rules) => FaultOf(faults => ReadRules(rules, faults));

    /// <summary>Faulty values have been refused before, and are left out.</summary>
    public static IReadOnlyDictionary<string, CheckSetting> ReadChecks(JsonElement checks) => ReadChecks(checks, []);

    /// <summary>The rules with those that are built in.</summary>
    public static IReadOnlyList<RecoveryRule> ReadRules(JsonElement rules) => ReadRules(rules, []);

    private static string? FaultOf(Action<List<string>> read)
    {
        var faults = new List<string>();
        read(faults);
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    private static Dictionary<string, CheckSetting> ReadChecks(JsonElement checks, List<string> faults) =>
        Members(checks, "checks", faults).ToDictionary(member => member.Name, member => ReadCheck(member, faults), StringComparer.Ordinal);

    private static CheckSetting ReadCheck(JsonProperty check, List<string> faults)
    {
        if (check.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return new CheckSetting(Enabled: check.Value.GetBoolean());
        }

        var setting = new CheckSetting();
        foreach (var member in Fields(check, faults))
        {
            var place = $"{check.Name}.{member.Name}";
            setting = member.Name switch
            {
                "enabled" => setting with { Enabled = Truth(member, place, faults) },
                "period_s" => setting with { Period = Seconds(member, place, 0.1, DaySeconds, faults) },
                "timeout_s" => setting with { Timeout = Seconds(member, place, 0.1, 600, faults) },
                _ => Unknown(setting, place, "enabled, period_s, timeout_s", faults),
            };
        }

        return setting;
    }

    private static List<RecoveryRule> ReadRules(JsonElement rules, List<string> faults)
    {
        var result = RecoveryRule.Defaults.ToList();
        foreach (var member in Members(rules, "rules", faults))
        {
            var at = result.FindIndex(rule => rule.Name == member.Name);
            if (member.Value.ValueKind == JsonValueKind.False)
            {
                result.RemoveAll(rule => rule.Name == member.Name);
            }
            else if (at >= 0)
            {
                result[at] = ReadRule(member, result[at], faults);
            }
            else
            {
                result.Add(ReadRule(member, new RecoveryRule(member.Name, "", []), faults));
            }
        }

        return result;
    }

    private static RecoveryRule ReadRule(JsonProperty said, RecoveryRule rule, List<string> faults)
    {
        foreach (var member in Fields(said, faults))
        {
            var place = $"{said.Name}.{member.Name}";
            rule = member.Name switch
            {
                "check" => rule with { Check = Text(member, place, faults) },
                "state" => rule with { State = State(member, place, faults) },
                "for_s" => rule with { For = Seconds(member, place, 0, DaySeconds, faults) },
                "while" => rule with { While = Text(member, place, faults) },
                "actions" => rule with { Actions = Names(member, place, faults) },
                "cool_down_s" => rule with { CoolDown = Seconds(member, place, 1, DaySeconds, faults) },
                "per_hour" => rule with { PerHour = (int)Number(member, place, 1, 3_600, faults) },
                _ => Unknown(rule, place, "check, state, for_s, while, actions, cool_down_s, per_hour", faults),
            };
        }

        if (rule.Check.Length == 0 || rule.Actions.Count == 0)
        {
            faults.Add($"{said.Name} must have a check and actions");
        }

        return rule;
    }

    private static JsonProperty[] Members(JsonElement all, string what, List<string> faults)
    {
        if (all.ValueKind != JsonValueKind.Object || all.EnumerateObject().Count() > NamesMax || all.EnumerateObject().Any(member => member.Name.Length is 0 or > NameLengthMax))
        {
            faults.Add($"must be an object of at most {NamesMax} {what}, by names of up to {NameLengthMax} characters");
            return [];
        }

        return Once(all, what, faults);
    }

    /// <summary>JSON may name a member twice, and which of them holds is for everybody to guess: it is a fault, and the last is taken.</summary>
    private static JsonProperty[] Once(JsonElement of, string place, List<string> faults)
    {
        var named = of.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).ToArray();
        faults.AddRange(named.Where(same => same.Count() > 1).Select(same => $"{same.Key} stands {same.Count()} times in {place}"));
        return [.. named.Select(same => same.Last())];
    }

    private static JsonProperty[] Fields(JsonProperty named, List<string> faults)
    {
        if (named.Value.ValueKind == JsonValueKind.Object)
        {
            return Once(named.Value, named.Name, faults);
        }

        faults.Add($"{named.Name} must be an object, or false");
        return [];
    }

    private static T Unknown<T>(T unchanged, string place, string known, List<string> faults)
    {
        faults.Add($"{place} is not known; there are {known}");
        return unchanged;
    }

    private static bool Truth(JsonProperty member, string place, List<string> faults)
    {
        if (member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            faults.Add($"{place} must be true or false");
        }

        return member.Value.ValueKind != JsonValueKind.False;
    }

    private static TimeSpan Seconds(JsonProperty member, string place, double least, double most, List<string> faults) =>
        TimeSpan.FromSeconds(Number(member, place, least, most, faults));

    private static double Number(JsonProperty member, string place, double least, double most, List<string> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetDouble(out var number) && number >= least && number <= most)
        {
            return number;
        }

        faults.Add($"{place} must be a number between {least} and {most}");
        return least;
    }

    private static string Text(JsonProperty member, string place, List<string> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() is { Length: > 0 and <= NameLengthMax } text)
        {
            return text;
        }

        faults.Add($"{place} must be a name");
        return "";
    }

    private static HealthState State(JsonProperty member, string place, List<string> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.String && HealthStates.Parse(member.Value.GetString()) is { } state and (HealthState.Warn or HealthState.Fail))
        {
            return state;
        }

        faults.Add($"{place} must be warn or fail");
        return HealthState.Fail;
    }

    private static IReadOnlyList<string> Names(JsonProperty member, string place, List<string> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() is > 0 and <= 10
            && member.Value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String && one.GetString() is { Length: > 0 and <= NameLengthMax }))
        {
            return [.. member.Value.EnumerateArray().Select(one => one.GetString()!)];
        }

        faults.Add($"{place} must be a list of one to ten names");
        return [];
    }
}
