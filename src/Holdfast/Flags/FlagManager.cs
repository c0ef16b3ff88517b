using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Flags.Rules;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Flags;

/// <summary>
/// The one source of settings. It knows what each layer says of each flag, which one wins (override file, environment, run time,
/// configuration file, default), and tells of changes. Thread-safe; reading is free of locks.
/// </summary>
public sealed class FlagManager
{
    private const string StoredSource = "stored at run time";

    private readonly FlagNotifier<FlagChange> _changes;
    private readonly FlagNotifier<string> _revisions;
    private readonly Lock _gate = new();

    // Under the lock. The layer of run time is what is stored, and above it what this process was told in code.
    private IReadOnlyDictionary<string, object> _stored = ImmutableDictionary<string, object>.Empty;
    private ImmutableDictionary<string, object> _own = ImmutableDictionary<string, object>.Empty;

    /// <summary>Replaced as a whole, under the lock; read without it.</summary>
    private volatile FlagSnapshot _now;

    private volatile ILogger _logger = NullLogger.Instance;

    internal FlagManager(LoadedFlags loaded)
    {
        Schema = loaded.Schema;
        OverridePath = loaded.OverridePath;
        Warnings = loaded.Warnings;
        _changes = new(
            change => _logger.Changed(change.Name, change.OldValue, change.NewValue, change.Origin), (fault, change) => _logger.ListenerFailed(fault, change.Name));
        _revisions = new(_ => { }, (fault, _) => _logger.RevisionListenerFailed(fault));
        _now = FlagSnapshot.Of(loaded.Schema, FlagStack.Of(loaded.Layers));
    }

    /// <summary>The flags there are.</summary>
    public FlagSchema Schema { get; }

    /// <summary>A short text that changes when anything does that is in effect, values and rules.</summary>
    internal string Revision => _now.Revision;

    /// <summary>As <see cref="Revision"/>, of what clients are told.</summary>
    internal string ClientRevision => _now.ClientRevision;

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

    /// <summary>A flag's value for somebody: rules, percentages and named keys decide. A setting without rules is the same for everybody.</summary>
    public FlagEvaluation Evaluate(string name, FlagContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return FlagAnswers.Evaluate(_now, name, context);
    }

    /// <summary>As <see cref="Evaluate"/>, with what was asked on the way.</summary>
    public FlagEvaluation Explain(string name, FlagContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return FlagAnswers.Evaluate(_now, name, context, explain: true);
    }

    /// <summary>Every flag that clients are told of, evaluated for one context at one moment, and the revision of that moment.</summary>
    internal (string Revision, IReadOnlyList<FlagEvaluation> Flags) EvaluateAll(FlagContext context)
    {
        var now = _now;
        return (now.ClientRevision, [.. FlagAnswers.ForClients(now).Select(name => FlagAnswers.Evaluate(now, name, context))]);
    }

    /// <summary>Whether clients are told of a flag; of one that is not there too.</summary>
    internal bool IsForClients(string name) => Schema.Get(name)?.ForClients ?? true;

    /// <summary>The rule of a flag, or null.</summary>
    internal FlagRule? GetRule(string name) => _now.Rules.GetValueOrDefault(name);

    /// <summary>Flags with a rule.</summary>
    internal IReadOnlyDictionary<string, FlagRule> GetRules() => _now.Rules;

    /// <summary>Users' flags that the override file speaks of.</summary>
    internal IEnumerable<string> GetUsersOverrides() => _now.Stack[FlagOrigin.Override].Keys.Where(FlagNaming.IsUsers);

    /// <summary>What the layers above run time say of a user's flag; null when they say nothing.</summary>
    internal JsonElement? GetOverride(string name) => _now.Stack[FlagOrigin.Override].TryGetValue(name, out var value) && value is JsonElement json ? json : null;

    /// <summary>
    /// Sets a flag in this process alone, until it ends or the flag is reset. A value that would have no effect is not taken. What is to hold
    /// for every node and for later starts is set over the API.
    /// </summary>
    /// <param name="name">The flag.</param>
    /// <param name="value">A value of its type; any type of number for a number, a <see cref="JsonElement"/> for anything.</param>
    public FlagSetResult Set(string name, object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var (refused, typed) = Judge(name, value);
        return refused ?? SetOwn(name, typed!);
    }

    /// <summary>Whether a value could be set at run time, without setting it.</summary>
    internal FlagSetResult Check(string name, object value)
    {
        var (refused, typed) = Judge(name, value);
        return refused ?? JudgeNext(_now.Stack, name, stack => stack.With(FlagOrigin.Runtime, name, typed!)) ?? new FlagSetResult(FlagSetStatus.Set);
    }

    /// <summary>Whether what was set at run time could be taken back.</summary>
    internal FlagSetResult CheckReset(string name) => JudgeNext(_now.Stack, null, stack => stack.Without(FlagOrigin.Runtime, name)) ?? new FlagSetResult(FlagSetStatus.Set);

    /// <summary>Takes back what was set here in code: what is stored, or the layer below, is in effect again. Returns what is in effect now, or null when there is no such flag.</summary>
    public FlagValue? Reset(string name)
    {
        Update(stack =>
        {
            _own = _own.Remove(name);
            return _stored.TryGetValue(name, out var stored) ? stack.With(FlagOrigin.Runtime, name, stored) : stack.Without(FlagOrigin.Runtime, name);
        });
        return Get(name);
    }

    /// <summary>
    /// Calls the listener with every change of a value in effect from now on, in order, never two at a time. It may set flags; what it
    /// throws is logged. Dispose the answer to stop.
    /// </summary>
    public IDisposable OnChange(Action<FlagChange> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return _changes.Add(listener);
    }

    /// <summary>Calls the listener with the new <see cref="Revision"/> whenever anything that is in effect has changed, rules among it.</summary>
    internal IDisposable OnRevision(Action<string> listener) => _revisions.Add(listener);

    /// <summary>
    /// Takes what is stored at run time, as a whole. A value that its setting does not allow, or that conflicts with others, is left out, and a
    /// warning names it: it may have been stored by another version, or under another environment.
    /// </summary>
    internal void ReplaceStored(IReadOnlyDictionary<string, object> values, IReadOnlyDictionary<string, FlagRule> rules)
    {
        var good = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            var (refused, typed) = Judge(name, value);
            if (refused is null)
            {
                good[name] = typed!;
            }
            else
            {
                _logger.Refused(name, StoredSource, refused.Message!);
            }
        }

        Update(
            stack =>
            {
                _stored = WithoutConflicts(stack, FlagOrigin.Runtime, good, StoredSource);
                return stack.With(FlagOrigin.Runtime, _own.IsEmpty ? _stored : _stored.ToImmutableDictionary().SetItems(_own));
            },
            rules);
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

            var allowed = WithoutConflicts(stack, origin, values, origin.ToString().ToLowerInvariant());
            WarnOfRestarts(stack, stack.With(origin, allowed));
            return stack.With(origin, allowed);
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

    /// <summary>A value of the flag's type that may be set at run time, or why not.</summary>
    private (FlagSetResult? Refused, object? Typed) Judge(string name, object value)
    {
        if (Schema.Get(name) is not { } flag)
        {
            return (new FlagSetResult(FlagSetStatus.Unknown, $"{name} {Schema.DescribeUnknown(name)}"), null);
        }

        if (flag.Apply == FlagApply.Start)
        {
            return (new FlagSetResult(FlagSetStatus.NeedsRestart, $"{name} is read once at start: set it in the environment or in {ConfigurationFileLayer.FileName}, then restart"), null);
        }

        var parsed = FlagParser.Object(flag, value);
        return parsed.Fault is { } fault
            ? (new FlagSetResult(parsed.WrongType ? FlagSetStatus.WrongType : FlagSetStatus.Invalid, $"{name} {fault}"), null)
            : (null, parsed.Value);
    }

    private FlagSetResult SetOwn(string name, object value)
    {
        FlagSetResult? refused = null;
        Update(stack =>
        {
            refused = JudgeNext(stack, name, next => next.With(FlagOrigin.Runtime, name, value));
            if (refused is null)
            {
                _own = _own.SetItem(name, value);
            }

            return refused is null ? stack.With(FlagOrigin.Runtime, name, value) : stack;
        });
        return refused ?? new FlagSetResult(FlagSetStatus.Set);
    }

    /// <summary>Why a change of the layers is refused: a stronger layer would hide it, or values would conflict that do not now.</summary>
    private FlagSetResult? JudgeNext(FlagStack stack, string? name, Func<FlagStack, FlagStack> change)
    {
        if (name is not null && stack.StrongerThanRuntime(name) is { } origin)
        {
            return new FlagSetResult(FlagSetStatus.Shadowed, $"{name} is set by the layer {origin.ToString().ToLowerInvariant()}, which wins over run time", origin);
        }

        return change(stack).FindConflicts(Schema).Select(conflict => new FlagSetResult(FlagSetStatus.Conflict, $"{string.Join(" and ", conflict.Constraint.Names)} {conflict.Must}")).FirstOrDefault();
    }

    /// <summary>The values of a layer without those that would conflict: there the last good ones of the layer stay.</summary>
    private Dictionary<string, object> WithoutConflicts(FlagStack stack, FlagOrigin origin, Dictionary<string, object> values, string source)
    {
        foreach (var (constraint, must) in stack.With(origin, values).FindConflicts(Schema).ToList())
        {
            foreach (var name in constraint.Names.Where(values.ContainsKey))
            {
                _logger.Refused(name, source, must);
                values.Remove(name);
                if (stack[origin].TryGetValue(name, out var lastGood))
                {
                    values[name] = lastGood;
                }
            }
        }

        return values;
    }

    private void Update(Func<FlagStack, FlagStack> change, IReadOnlyDictionary<string, FlagRule>? rules = null)
    {
        lock (_gate)
        {
            var before = _now;
            var after = before.Next(change(before.Stack), rules);
            _now = after;

            // Inside the lock, so that the order of telling is the order of taking effect.
            _changes.Enqueue(after.ChangesSince(before));
            if (after.Revision != before.Revision)
            {
                _revisions.Enqueue([after.Revision]);
            }
        }

        _changes.TellPending();
        _revisions.TellPending();
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
