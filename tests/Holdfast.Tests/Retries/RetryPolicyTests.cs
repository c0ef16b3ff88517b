using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

/// <summary>The defaults are a promise: docs/recipes/retries.md has them in a table.</summary>
public sealed partial class RetryPolicyTests
{
    [Fact]
    public void The_defaults_of_each_type_are_those_that_the_docs_say()
    {
        var said = File.ReadLines(Page()).Select(line => Row().Match(line)).Where(row => row.Success)
            .ToDictionary(row => row.Groups[1].Value.Trim('`'), row => row.Groups.Values.Skip(2).Select(cell => double.Parse(cell.Value, CultureInfo.InvariantCulture)).ToArray());

        said.Keys.ShouldBe(["any type", .. RetryQueueOptions.DefaultPolicies.Keys], ignoreOrder: true);
        foreach (var (type, numbers) in said)
        {
            var policy = RetryQueueOptions.DefaultPolicies.GetValueOrDefault(type, new RetryPolicy());
            double[] real = [policy.MaxRetries, policy.InitialDelay.TotalSeconds, policy.MaxDelay.TotalSeconds, policy.BackoffMultiplier, policy.Timeout.TotalSeconds];
            real.ShouldBe(numbers, type);
            (policy.Jitter, policy.BreakAfterFailures, policy.BreakDuration.TotalSeconds).ShouldBe((0.1, 5, 30), type);
        }
    }

    private static string Page([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/recipes/retries.md"));

    [GeneratedRegex(@"^\| (any type|`\w+`) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \| (\d+) \|$")]
    private static partial Regex Row();
}
