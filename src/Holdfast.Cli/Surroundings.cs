namespace Holdfast.Cli;

/// <summary>What the tool takes from its environment. It has no settings of its own, so no flags read it.</summary>
internal static class Surroundings
{
    /// <summary>Address of the server.</summary>
    public const string UrlVariable = "HOLDFAST_URL";

    /// <summary>The key that is shown to the server.</summary>
    public const string KeyVariable = "HOLDFAST_KEY";

    public static string? Key => Read(KeyVariable);

    public static string? Url => Read(UrlVariable);

    public static string? Editor => Read("VISUAL") ?? Read("EDITOR");

#pragma warning disable RS0030 // settings are the server's; this is the one place that asks for the tool's own address and editor
    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;
#pragma warning restore RS0030
}
