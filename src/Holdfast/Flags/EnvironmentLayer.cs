using System.Collections;

namespace Holdfast.Flags;

/// <summary>What the environment says, and <c>.env</c> where the environment is silent. The only place that reads the environment.</summary>
internal static class EnvironmentLayer
{
    public const string Source = "environment";
    public const string DotEnvSource = ".env";

    /// <summary>Names that begin like ours and are not known are a slip; all others belong to someone else.</summary>
    private static readonly string[] OwnPrefixes = ["HOLDFAST_", "MONITORING_", "METRICS_PERSISTER_"];

    /// <summary>Switches of the project's own test scripts, which a server under test inherits.</summary>
    private const string TestPrefix = "HOLDFAST_TEST_";

    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> ReadProcess()
    {
#pragma warning disable RS0030 // This is the one reader that the ban points to.
        var variables = Environment.GetEnvironmentVariables();
#pragma warning restore RS0030
        return variables.Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
    }

    /// <summary>Judges both; both are judged whole, so that a fault in <c>.env</c> shows before the variable that hides it is gone.</summary>
    public static FlagLayer Read(FlagSchema schema, IReadOnlyDictionary<string, string> variables, string? dotEnv)
    {
        var layer = new FlagLayerBuilder(schema);
        foreach (var line in DotEnv.Parse(dotEnv ?? ""))
        {
            TakeLine(layer, line);
        }

        // Second, so that it wins.
        foreach (var (name, value) in variables)
        {
            Take(layer, Source, name, value);
        }

        return layer.Build();
    }

    private static void TakeLine(FlagLayerBuilder layer, DotEnv.Line line)
    {
        if (line.Key is null)
        {
            layer.Fault($"line {line.Number}", DotEnvSource, "must be KEY=VALUE, a comment that begins with #, or empty");
            return;
        }

        Take(layer, DotEnvSource, line.Key, line.Value);
    }

    private static void Take(FlagLayerBuilder layer, string source, string name, string value)
    {
        if (layer.Schema.FindInEnvironment(name) is { } flag)
        {
            layer.Take(flag, source, FlagParser.Text(flag, value));
        }
        else if (IsOurs(name))
        {
            layer.Warn(name, source, layer.Schema.DescribeUnknown(name));
        }
    }

    private static bool IsOurs(string name) =>
        OwnPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !name.StartsWith(TestPrefix, StringComparison.Ordinal);
}
