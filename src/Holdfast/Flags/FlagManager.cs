using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Flags;

/// <summary>
/// The one source of settings. It knows what each layer says of each flag, which one wins (override file, environment, run time,
/// configuration file, default), and tells of changes. Thread-safe; reading is free of locks.
/// </summary>
public sealed class FlagManager
{
    private readonly FlagChangeNotifier _notifier;
    private readonly Lock _gate = new();

    /// <summary>Replaced as a whole, under the lock; read without it.</summary>
    private volatile FlagSnapshot _now;

    private volatile ILogger _logger = NullLogger.Instance;

    internal FlagManager(LoadedFlags loaded)
    {
        Schema = loaded.Schema;
        OverridePath = loaded.OverridePath;
        Warnings = loaded.Warnings;
        _notifier = new FlagChangeNotifier(() => _logger);
        _now = FlagSnapshot.Of(loaded.Schema, FlagStack.Of(loaded.Layers));
    }

    /// <summary>The flags there are.</summary>
    public FlagSchema Schema { get; }

    /// <summary>Where the operator's override file is looked for.</summary>
    internal string OverridePath { get; }

    /// <summary>What was not a fault at the start and is worth a look: names that nobody knows.</summary>
    internal IReadOnlyList<ConfigurationFault> Warnings { get; }

    /// <summary>Reads every layer.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; every fault of every layer is listed.</exception>
    internal static FlagManager Load(FlagSchema schema, FlagSources sources) => new(new FlagLoader(schema, sources).Load());

    /// <summary>
    /// Logs how the start went, and everything from now on. Apart from <see cref="Load"/>, because the level and the form of the log are
    /// settings themselves.
    /// </summary>
    internal void LogTo(ILogger<FlagManager> logger)
    {
        _logger = logger;
        foreach (var warning in Warnings)
        {
            _logger.Suspicious(warning.Key, warning.Source, warning.Message);
        }

        var settings = GetAll()
            .Where(value => value.Origin != FlagOrigin.Default)
            .Select(value => $"{value.Definition.Name}={value.Value} ({value.Origin.ToString().ToLowerInvariant()})");
        _logger.Effective(string.Join(", ", settings.DefaultIfEmpty("none")));
    }

    /// <summary>The value in effect of a flag that is on or off.</summary>
    /// <exception cref="ArgumentException">There is no such flag, or it is of another type.</exception>
    public bool GetBool(string name) => (bool)Read(name, FlagType.Bool);

    /// <summary>The value in effect of a text; a secret in clear.</summary>
    /// <exception cref="ArgumentException">There is no such flag, or it is of another type.</exception>
    public string GetString(string name) => (string)Read(name, FlagType.String);

    /// <summary>The value in effect of a whole number.</summary>
    /// <exception cref="ArgumentException">There is no such flag, or it is of another type.</exception>
    public long GetInt(string name) => (long)Read(name, FlagType.Int);

    /// <summary>The value in effect of a number.</summary>
    /// <exception cref="ArgumentException">There is no such flag, or it is of another type.</exception>
    public double GetFloat(string name) => (double)Read(name, FlagType.Float);

    /// <summary>The value in effect of a JSON flag.</summary>
    /// <exception cref="ArgumentException">There is no such flag, or it is of another type.</exception>
    public JsonElement GetJson(string name) => (JsonElement)Read(name, FlagType.Json);

    /// <summary>A flag's value with its origin and what each layer says, or null when there is no such flag. Secrets read <c>***</c>.</summary>
    public FlagValue? Get(string name) => _now.Values.TryGetValue(name, out var value) ? FlagSnapshot.Mask(value) : null;

    /// <summary>Every flag as <see cref="Get"/> shows it, all of one moment, in the schema's order.</summary>
    public IReadOnlyList<FlagValue> GetAll()
    {
        var now = _now;
        return [.. Schema.GetAll().Select(flag => FlagSnapshot.Mask(now.Values[flag.Name]))];
    }

    /// <summary>Sets a flag until the process ends or it is reset. A value that would have no effect is not taken.</summary>
    /// <param name="name">The flag.</param>
    /// <param name="value">A value of its type; any type of number for a number, a <see cref="JsonElement"/> for anything.</param>
    public FlagSetResult Set(string name, object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (Schema.Get(name) is not { } flag)
        {
            return new FlagSetResult(FlagSetStatus.Unknown, $"{name} {Schema.DescribeUnknown(name)}");
        }

        if (flag.Apply == FlagApply.Start)
        {
            return new FlagSetResult(FlagSetStatus.NeedsRestart, $"{name} is read once at start: set it in the environment or in {ConfigurationFileLayer.FileName}, then restart");
        }

        var parsed = FlagParser.Object(flag, value);
        return parsed.Fault is { } fault
            ? new FlagSetResult(parsed.WrongType ? FlagSetStatus.WrongType : FlagSetStatus.Invalid, $"{name} {fault}")
            : SetRuntime(flag, parsed.Value!);
    }

    /// <summary>Takes back what was set at run time: the layer below is in effect again. Returns what is in effect now, or null when there is no such flag.</summary>
    public FlagValue? Reset(string name)
    {
        Update(stack => stack.Without(FlagOrigin.Runtime, name));
        return Get(name);
    }

    /// <summary>
    /// Calls the listener with every change of a value in effect from now on, in order, never two at a time. It may set flags; what it
    /// throws is logged. Dispose the answer to stop.
    /// </summary>
    public IDisposable OnChange(Action<FlagChange> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return _notifier.Add(listener);
    }

    /// <summary>Takes what a file says now. A key with a fault keeps its last good value, and a warning names it.</summary>
    internal void Replace(FlagOrigin origin, FlagLayer layer)
    {
        foreach (var fault in layer.Faults)
        {
            _logger.Refused(fault.Key, fault.Source, fault.Message);
        }

        Update(stack =>
        {
            var values = new Dictionary<string, object>(layer.Values, StringComparer.Ordinal);
            foreach (var fault in layer.Faults)
            {
                if (stack[origin].TryGetValue(fault.Key, out var lastGood))
                {
                    values.TryAdd(fault.Key, lastGood);
                }
            }

            WarnOfRestarts(stack, stack.With(origin, values));
            return stack.With(origin, values);
        });
    }

    private object Read(string name, FlagType type)
    {
        if (!_now.Values.TryGetValue(name, out var value))
        {
            throw new ArgumentException($"{name} {Schema.DescribeUnknown(name)}.", nameof(name));
        }

        return value.Definition.Type == type
            ? value.Value
            : throw new ArgumentException($"{name} is of type {value.Definition.Type}, not {type}.", nameof(name));
    }

    private FlagSetResult SetRuntime(FlagDefinition flag, object value)
    {
        FlagOrigin? winner = null;
        Update(stack =>
        {
            winner = stack.StrongerThanRuntime(flag.Name);
            return winner is null ? stack.With(FlagOrigin.Runtime, flag.Name, value) : stack;
        });
        return winner is { } origin
            ? new FlagSetResult(FlagSetStatus.Shadowed, $"{flag.Name} is set by the layer {origin.ToString().ToLowerInvariant()}, which wins over run time", origin)
            : new FlagSetResult(FlagSetStatus.Set);
    }

    private void Update(Func<FlagStack, FlagStack> change)
    {
        lock (_gate)
        {
            var before = _now;
            var after = before.Next(change(before.Stack));
            _now = after;

            // Inside the lock, so that the order of telling is the order of taking effect.
            _notifier.Enqueue(after.ChangesSince(before));
        }

        _notifier.TellPending();
    }

    private void WarnOfRestarts(FlagStack before, FlagStack after)
    {
        foreach (var flag in Schema.GetAll().Where(flag => flag.Apply == FlagApply.Start))
        {
            if (!FlagSnapshot.Same(before.Resolve(flag).Value, after.Resolve(flag).Value))
            {
                _logger.WaitsForRestart(flag.Name, after.Resolve(flag).Origin);
            }
        }
    }
}
