using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Pipeline;

namespace Holdfast.Rollout;

/// <summary>
/// What people do to flags at run time. It is judged as the manager judges it, stored with who, when, before, after and why in one
/// transaction, in effect in this process before the answer, and in the audit.
/// </summary>
internal sealed class FlagDesk(IFlagStore store, FlagKeeper keeper, FlagManager flags, AuditTrail audit, TimeProvider time)
{
    // Somebody who is overtaken three times in a row should look at what the others do.
    private const int AttemptsMax = 3;

    private const int DocumentInAuditMax = 4_096;

    private static readonly FlagOutcome Overtaken = new(FlagOutcomeKind.Overtaken, "The flag was changed since it was read; nothing was changed.");

    private static readonly FlagOutcome Outdated = new(FlagOutcomeKind.Overtaken, "A flag that it must go with was changed meanwhile; nothing was changed.");

    /// <summary>Puts a value or a rule in the place of what is set; makes the flag where it is a user's.</summary>
    /// <param name="seen">Versions over which it may be written, 0 for a flag that is not set; null: whatever is there.</param>
    public ValueTask<FlagOutcome> PutAsync(string name, FlagDocument document, IReadOnlyList<int>? seen, Act act, CancellationToken cancellationToken) =>
        WriteJudgedAsync(() => Judge(name, document), name, document, seen, act, "flag.set", cancellationToken);

    /// <summary>Takes back what is set: the layer below is in effect again, a user's flag is gone.</summary>
    public async ValueTask<FlagOutcome> ResetAsync(string name, IReadOnlyList<int>? seen, Act act, CancellationToken cancellationToken)
    {
        if (flags.Schema.Get(name) is null && keeper.Find(name) is null)
        {
            return Unknown(name);
        }

        return await WriteJudgedAsync(
            () => flags.CheckReset(name) is { Status: not FlagSetStatus.Set } check ? FlagOutcome.Refused(check.Message!) : null,
            name, null, seen, act, "flag.reset", cancellationToken);
    }

    /// <summary>Gives everybody the off variant, at once; or ends that.</summary>
    public ValueTask<FlagOutcome> KillAsync(string name, bool killed, Act act, CancellationToken cancellationToken) => ChangeAsync(
        name,
        kept => kept.Document.Rule is { } rule
            ? (kept.Document with { Rule = rule with { Enabled = !killed } }, null)
            : (null, FlagOutcome.Refused($"{name} has no rule, so there is nothing to kill: set its value.")),
        act,
        killed ? "flag.kill" : "flag.revive",
        cancellationToken);

    /// <summary>Begins a guarded rollout of a variant, at its first step.</summary>
    public async ValueTask<FlagOutcome> BeginRolloutAsync(string name, GuardedRollout order, Act act, CancellationToken cancellationToken)
    {
        var now = (await store.ReadSamplesAsync(name, TimeSpan.Zero, cancellationToken)).Now;
        return await ChangeAsync(name, kept => RolloutOrders.Begin(kept.Document, order, now, act), act, "flag.rollout.begin", cancellationToken);
    }

    /// <summary>Pauses a rollout, lets it go on, or rolls it back by hand.</summary>
    public async ValueTask<FlagOutcome> SteerRolloutAsync(string name, RolloutStatus to, Act act, CancellationToken cancellationToken)
    {
        var now = (await store.ReadSamplesAsync(name, TimeSpan.Zero, cancellationToken)).Now;
        return await ChangeAsync(name, kept => RolloutOrders.Steer(kept.Document, to, now, act), act, RolloutOrders.ActionOf(to), cancellationToken);
    }

    /// <summary>Writes a rollout that moved by itself; false when somebody else has changed the flag since.</summary>
    public async ValueTask<bool> MoveAsync(KeptFlag flag, GuardedRollout moved, Act act, string action, CancellationToken cancellationToken)
    {
        var document = flag.Document with { Rule = moved.ApplyTo(flag.Document.Rule!), Rollout = moved };
        var outcome = await WriteAsync(flag.Stored.Name, document, [flag.Stored.Version], judgedBy: null, act, action, cancellationToken);
        if (outcome.Kind != FlagOutcomeKind.Done)
        {
            await keeper.RefreshAsync(cancellationToken);
        }

        return outcome.Kind == FlagOutcomeKind.Done;
    }

    /// <summary>Makes a document out of a value that is to hold for everybody. A flag of a user's becomes a rule, which knows its type.</summary>
    public FlagDocument DocumentOf(string name, JsonElement value) =>
        flags.Schema.Get(name) is not null ? new FlagDocument(value, null) : new FlagDocument(null, PlainRule.Of(value));

    /// <summary>Changes what is set, whatever it is at the moment.</summary>
    private async ValueTask<FlagOutcome> ChangeAsync(
        string name, Func<KeptFlag, (FlagDocument? Next, FlagOutcome? Refused)> change, Act act, string action, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await keeper.RefreshAsync(cancellationToken);
            if (keeper.Find(name) is not { } kept)
            {
                return flags.Schema.Get(name) is null ? Unknown(name) : FlagOutcome.Refused($"{name} has no rule at run time: put one first.");
            }

            var judgedBy = VersionFor(name);
            var (next, refused) = change(kept);
            if (next is null || (refused = Judge(name, next)) is not null)
            {
                return refused!;
            }

            var outcome = await WriteAsync(name, next, [kept.Stored.Version], judgedBy, act, action, cancellationToken);
            if (outcome.Kind != FlagOutcomeKind.Overtaken || attempt == AttemptsMax)
            {
                return outcome;
            }
        }
    }

    /// <summary>Writes what may be written, judged anew where another flag has changed meanwhile that it must go with.</summary>
    private async ValueTask<FlagOutcome> WriteJudgedAsync(
        Func<FlagOutcome?> judge, string name, FlagDocument? document, IReadOnlyList<int>? seen, Act act, string action, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var judgedBy = VersionFor(name);
            if (judge() is { } refused)
            {
                return refused;
            }

            var outcome = await WriteAsync(name, document, seen, judgedBy, act, action, cancellationToken);
            if (outcome != Outdated || attempt == AttemptsMax)
            {
                return outcome;
            }

            await keeper.RefreshAsync(cancellationToken);
        }
    }

    // Asked before it is judged: what changes after that, the store notices.
    private int? VersionFor(string name) => flags.Schema.Constraints.Any(constraint => constraint.Names.Contains(name)) ? keeper.Version : null;

    private FlagOutcome? Judge(string name, FlagDocument document) => JudgeText(document) ?? JudgeValue(name, document);

    /// <summary>What one column of the store takes and another does not would be in effect, and missing in the audit.</summary>
    private static FlagOutcome? JudgeText(FlagDocument document) =>
        StorableJson.FaultOf(Encoding.UTF8.GetBytes(document.ToJson()), FlagLimits.DocumentBytesMax) is { } fault ? FlagOutcome.Faulty(document.Rule is null ? "value" : "rule", fault) : null;

    private FlagOutcome? JudgeValue(string name, FlagDocument document) => flags.Schema.Get(name) is { } definition ? JudgeSetting(definition, document) : JudgeUsers(name, document);

    private FlagOutcome? JudgeSetting(FlagDefinition definition, FlagDocument document)
    {
        if (definition.Secret)
        {
            return FlagOutcome.Refused($"{definition.Name} is a secret: set it in the environment. What is set here is stored, and shown in the history.");
        }

        if (document.Rule is not null && !definition.ForClients)
        {
            return FlagOutcome.Refused($"{definition.Name} is a setting of the server's, the same for everybody: a rule would have nobody to ask for. Set a value.");
        }

        var check = flags.Check(definition.Name, document.Rule?.PlainValue ?? document.Value!.Value);
        return check.Status switch
        {
            FlagSetStatus.Set => document.Rule?.Variants.Select(variant => JudgeVariant(definition, variant)).FirstOrDefault(refused => refused is not null),
            FlagSetStatus.Shadowed => new FlagOutcome(FlagOutcomeKind.Shadowed, check.Message) { ShadowedBy = check.ShadowedBy },
            FlagSetStatus.WrongType or FlagSetStatus.Invalid => FlagOutcome.Faulty("value", $"{check.Message}."),
            _ => FlagOutcome.Refused($"{check.Message}."),
        };
    }

    /// <summary>Whatever variant somebody gets, it must go with what the other flags say.</summary>
    private FlagOutcome? JudgeVariant(FlagDefinition definition, FlagVariant variant) =>
        flags.Check(definition.Name, variant.Value) is { Status: not FlagSetStatus.Set } check ? FlagOutcome.Refused($"The variant {variant.Name}: {check.Message}.") : null;

    private FlagOutcome? JudgeUsers(string name, FlagDocument document) =>
        FlagNaming.Judge(name) is { } misnamed ? new FlagOutcome(FlagOutcomeKind.Unknown, $"There is no flag {name}, and it cannot be made: its name {misnamed}.")
        : flags.GetOverride(name) is not null ? new FlagOutcome(FlagOutcomeKind.Shadowed, $"{name} is set by the layer override, which wins over run time") { ShadowedBy = FlagOrigin.Override }
        : document.Rule is null ? FlagOutcome.Faulty("rule", "A flag of your own needs a rule.")
        : null;

    private async ValueTask<FlagOutcome> WriteAsync(
        string name, FlagDocument? document, IReadOnlyList<int>? seen, int? judgedBy, Act act, string action, CancellationToken cancellationToken)
    {
        var text = document?.ToJson();
        var write = new FlagWrite
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Name = name,
            Document = text,
            Seen = seen,
            JudgedBy = judgedBy,
            Action = action,
            Actor = act.Actor,
            Reason = act.Reason,
        };
        var result = await OperatorAction.AskAsync(
            () => store.WriteAsync(write, cancellationToken),
            details => audit.RecordAsync(OperatorAction.Entry(time, action, name, act, details), CancellationToken.None));
        if (result.Status != FlagWriteStatus.Written)
        {
            return result.Status switch
            {
                FlagWriteStatus.Full => FlagOutcome.Refused($"There are {FlagLimits.FlagsMax} flags, and no more may be."),
                FlagWriteStatus.Outdated => Outdated,
                _ => Overtaken,
            };
        }

        // It has been done, whoever is gone: what follows is not given up.
        await TakeEffectAsync();
        await audit.RecordAsync(Entry(write, act, result), CancellationToken.None);
        return FlagOutcome.Done;
    }

    private async ValueTask TakeEffectAsync()
    {
        try
        {
            await keeper.RefreshAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It is stored, and the keeper, which says in the log that the store is away, takes it when the store is back.
        }
    }

    private AuditEntry Entry(FlagWrite write, Act act, FlagWriteResult result) => OperatorAction.Entry(time, write.Action, write.Name, act, json =>
    {
        json.WriteNumber("version"u8, result.Version);
        WriteDocument(json, "before"u8, result.Before);
        WriteDocument(json, "after"u8, write.Document);
    }) with
    { AuditId = write.Id };

    /// <summary>A long one stands in the flag's own history.</summary>
    private static void WriteDocument(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? document)
    {
        json.WritePropertyName(name);
        if (document is null or { Length: > DocumentInAuditMax })
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(document);
        }
    }

    private FlagOutcome Unknown(string name) => new(FlagOutcomeKind.Unknown, $"{name} {flags.Schema.DescribeUnknown(name)}, and no flag of that name was made.");
}
