namespace Holdfast.Flags;

/// <summary>Where the layers are read from; tests say it all, a process says <see cref="OfProcess"/>.</summary>
internal sealed record FlagSources
{
    /// <summary>Environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Path of the <c>.env</c> file; it need not exist. Null: none.</summary>
    public string? DotEnvPath { get; init; }

    /// <summary>What the application says in code. Any layer above the default wins over it.</summary>
    public IReadOnlyDictionary<string, object> CodeDefaults { get; init; } = new Dictionary<string, object>(StringComparer.Ordinal);

    /// <summary>The environment of this process, and <c>.env</c> in its working directory.</summary>
    public static FlagSources OfProcess() => new() { Variables = EnvironmentLayer.ReadProcess(), DotEnvPath = ".env" };
}
