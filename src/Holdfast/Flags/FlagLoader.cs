using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>All layers as they are at the start, and the paths they came from.</summary>
internal sealed record LoadedFlags(
    FlagSchema Schema, IReadOnlyDictionary<FlagOrigin, FlagLayer> Layers, string OverridePath, IReadOnlyList<ConfigurationFault> Warnings);

/// <summary>
/// Reads the layers at the start. Order matters: the environment says where the configuration file and the data directory are, and the
/// data directory is where the override file is. Faults do not stop the reading, so that all are found at once.
/// </summary>
internal sealed class FlagLoader(FlagSchema schema, FlagSources sources)
{
    private readonly List<ConfigurationFault> _faults = [];

    /// <exception cref="ConfigurationException">Something is wrong; every fault of every layer is listed.</exception>
    public LoadedFlags Load()
    {
        var code = ReadCode();
        var environment = EnvironmentLayer.Read(schema, sources.Variables, sources.DotEnvPath is { } path ? ReadText(path, EnvironmentLayer.DotEnvSource) : null);
        var file = ReadConfigurationFile(environment, code);
        var overridePath = Path.Combine(Text(FlagNames.Data, environment, file, code), OverrideLayer.FileName);
        var emergency = ReadObject(overridePath, OverrideLayer.FileName) is { } root ? OverrideLayer.Read(schema, root) : FlagLayer.Empty;

        FlagLayer[] all = [emergency, environment, file, code];
        _faults.AddRange(all.SelectMany(layer => layer.Faults));
        var layers = new Dictionary<FlagOrigin, FlagLayer>
        {
            [FlagOrigin.Override] = emergency,
            [FlagOrigin.Environment] = environment,
            [FlagOrigin.File] = file,
            [FlagOrigin.Default] = code,
        };
        _faults.AddRange(FlagStack.Of(layers).FindConflicts(schema).Select(conflict => new ConfigurationFault(string.Join(" and ", conflict.Constraint.Names), "all layers", conflict.Must)));
        if (_faults.Count > 0)
        {
            throw new ConfigurationException(_faults);
        }

        return new LoadedFlags(schema, layers, overridePath, [.. all.SelectMany(layer => layer.Warnings)]);
    }

    private FlagLayer ReadCode()
    {
        var layer = new FlagLayerBuilder(schema);
        foreach (var (name, value) in sources.CodeDefaults)
        {
            if (schema.Get(name) is { } flag)
            {
                layer.Take(flag, "code", FlagParser.Object(flag, value));
            }
            else
            {
                layer.Fault(name, "code", schema.DescribeUnknown(name));
            }
        }

        return layer.Build();
    }

    private FlagLayer ReadConfigurationFile(FlagLayer environment, FlagLayer code)
    {
        var named = Text(FlagNames.Config, environment, code);
        var path = named.Length > 0 ? named : Path.Combine(Text(FlagNames.Data, environment, code), ConfigurationFileLayer.FileName);
        if (named.Length > 0 && !File.Exists(named))
        {
            _faults.Add(new ConfigurationFault(FlagNames.Config, EnvironmentLayer.Source, $"names a file that is not there: {named}"));
            return FlagLayer.Empty;
        }

        return ReadObject(path, path) is { } root ? ConfigurationFileLayer.Read(schema, root, path, named.Length > 0) : FlagLayer.Empty;
    }

    /// <summary>What the first of the layers that says something says, or the default.</summary>
    private string Text(string name, params ReadOnlySpan<FlagLayer> layers)
    {
        foreach (var layer in layers)
        {
            if (layer.Values.TryGetValue(name, out var value))
            {
                return (string)value;
            }
        }

        return (string)schema.Get(name)!.Default;
    }

    private JsonElement? ReadObject(string path, string source)
    {
        if (ReadText(path, source) is not { } text)
        {
            return null;
        }

        var (root, fault) = JsonFile.Parse(text);
        if (fault is not null)
        {
            _faults.Add(new ConfigurationFault(source, source, fault));
        }

        return root;
    }

    private string? ReadText(string path, string source)
    {
        try
        {
            return JsonFile.ReadText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _faults.Add(new ConfigurationFault(source, source, $"cannot be read: {fault.Message}"));
            return null;
        }
    }
}
