using Holdfast.Flags;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Flags;

/// <summary>A data directory, an environment that only the test fills, and the log.</summary>
internal sealed class FlagHarness : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public FlagHarness() => Environment[FlagNames.Data] = _data.Path;

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, object> Code { get; } = new(StringComparer.Ordinal);

    public RecordingLogger<FlagManager> Log { get; } = new();

    public string OverridePath => _data.File("flags.override.json");

    public string Write(string file, string text) => _data.Write(file, text);

    public void WriteOverride(string json) => Write("flags.override.json", json);

    /// <summary>As an editor does it: a new file takes the place of the old one.</summary>
    public void ReplaceOverride(string json)
    {
        Write("flags.override.json.new", json);
        File.Move(_data.File("flags.override.json.new"), _data.File("flags.override.json"), overwrite: true);
    }

    public FlagManager Load(FlagSchema? schema = null)
    {
        var sources = new FlagSources { Variables = Environment, DotEnvPath = _data.File(".env"), CodeDefaults = Code };
        var flags = FlagManager.Load(schema ?? FlagSchema.Product, sources);
        flags.LogTo(Log);
        return flags;
    }

    public IReadOnlyList<ConfigurationFault> LoadFaults() => Should.Throw<ConfigurationException>(() => Load()).Faults;

    public void Dispose() => _data.Dispose();
}
