using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>
/// Reads policies from settings: <c>{"sql_operation": {"max_retries": 3, ...}}</c>. What a policy does not say is as in the policy that is
/// built in for the type, else as in the fallback.
/// </summary>
internal static class RetryPolicyJson
{
    private const double DaySeconds = 86_400;

    /// <summary>What is wrong with the policies, every fault of them; null: nothing.</summary>
    public static string? Fault(JsonElement policies)
    {
        var faults = new List<string>();
        Read(policies, new RetryPolicy(), faults);
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    /// <summary>The policies, with those that are built in. Faulty values have been refused before, and are left out.</summary>
    public static IReadOnlyDictionary<string, RetryPolicy> Read(JsonElement policies, RetryPolicy fallback) => Read(policies, fallback, []);

    private static Dictionary<string, RetryPolicy> Read(JsonElement policies, RetryPolicy fallback, List<string> faults)
    {
        var result = new Dictionary<string, RetryPolicy>(RetryQueueOptions.DefaultPolicies, StringComparer.Ordinal);
        if (policies.ValueKind != JsonValueKind.Object)
        {
            faults.Add("must be an object of policies by operation type");
            return result;
        }

        foreach (var member in policies.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                result[member.Name] = Read(member, result.GetValueOrDefault(member.Name, fallback), faults);
            }
            else
            {
                faults.Add($"{member.Name} must be an object");
            }
        }

        return result;
    }

    private static RetryPolicy Read(JsonProperty policy, RetryPolicy start, List<string> faults)
    {
        foreach (var member in policy.Value.EnumerateObject())
        {
            var place = $"{policy.Name}.{member.Name}";
            start = member.Name switch
            {
                "max_retries" => start with { MaxRetries = (int)Number(member, place, 1, 1_000, whole: true, start.MaxRetries, faults) },
                "initial_delay_seconds" => start with { InitialDelay = Seconds(member, place, 0, 365 * DaySeconds, start.InitialDelay, faults) },
                "max_delay_seconds" => start with { MaxDelay = Seconds(member, place, 0, 365 * DaySeconds, start.MaxDelay, faults) },
                "backoff_multiplier" => start with { BackoffMultiplier = Number(member, place, 1, 100, whole: false, start.BackoffMultiplier, faults) },
                "jitter" => start with { Jitter = Number(member, place, 0, 1, whole: false, start.Jitter, faults) },
                "timeout_seconds" => start with { Timeout = Seconds(member, place, 1, DaySeconds, start.Timeout, faults) },
                "break_after_failures" => start with { BreakAfterFailures = (int)Number(member, place, 0, 1_000, whole: true, start.BreakAfterFailures, faults) },
                "break_seconds" => start with { BreakDuration = Seconds(member, place, 1, DaySeconds, start.BreakDuration, faults) },
                "non_retryable" => start with { NonRetryable = Words(member, place, faults) },
                _ => Unknown(start, place, faults),
            };
        }

        return start;
    }

    private static TimeSpan Seconds(JsonProperty member, string place, double least, double most, TimeSpan fallback, List<string> faults) =>
        TimeSpan.FromSeconds(Number(member, place, least, most, whole: false, fallback.TotalSeconds, faults));

    private static double Number(JsonProperty member, string place, double least, double most, bool whole, double fallback, List<string> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.Number && member.Value.GetDouble() is var number
            && number >= least && number <= most && (!whole || double.IsInteger(number)))
        {
            return number;
        }

        faults.Add(FormattableString.Invariant($"{place} must be a {(whole ? "whole " : "")}number from {least} to {most}"));
        return fallback;
    }

    private static IReadOnlyList<string> Words(JsonProperty member, string place, List<string> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(word => word.ValueKind == JsonValueKind.String && word.GetString()!.Length > 0))
        {
            return [.. member.Value.EnumerateArray().Select(word => word.GetString()!)];
        }

        faults.Add($"{place} must be a list of words");
        return [];
    }

    private static RetryPolicy Unknown(RetryPolicy policy, string place, List<string> faults)
    {
        faults.Add($"{place} is not a setting of a policy");
        return policy;
    }
}
