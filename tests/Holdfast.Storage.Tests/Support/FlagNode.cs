using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Pipeline;
using Holdfast.Rollout;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Support;

/// <summary>What one node has of flags, over a store that nodes may share. Nothing runs by itself.</summary>
internal sealed class FlagNode : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public FlagNode(IFlagStore store, TimeProvider time, IFlagBell? bell = null, string? dataDirectory = null)
    {
        DataPath = dataDirectory ?? _data.Path;
        var said = new Dictionary<string, string>(StringComparer.Ordinal) { [FlagNames.Data] = DataPath };
        Flags = FlagManager.Load(FlagSchema.Product, new FlagSources { Variables = said });
        Keeper = new FlagKeeper(store, bell, Flags, new KnownFlagsFile(Path.Combine(DataPath, KnownFlagsFile.FileName)), time, NullLogger<FlagKeeper>.Instance);
        var audit = new AuditTrail(new DeafIntake(), new MemoryTelemetryStore(time), time, NullLogger<AuditTrail>.Instance);
        Desk = new FlagDesk(store, Keeper, Flags, audit, time);
        Rollouts = new RolloutWorker(
            store, Keeper, Desk, Samples, new RolloutUpkeep(store, () => TimeSpan.FromDays(365), time), time, NullLogger<RolloutWorker>.Instance);
    }

    public string DataPath { get; }

    public FlagManager Flags { get; }

    public FlagKeeper Keeper { get; }

    public FlagDesk Desk { get; }

    public FlagSampleBook Samples { get; } = new();

    public RolloutWorker Rollouts { get; }

    public async Task<FlagOutcome> PutValueAsync(string name, string json) =>
        await Desk.PutAsync(name, Desk.DocumentOf(name, Json(json)), null, new Act("ada"), CancellationToken.None);

    public async Task<FlagOutcome> PutRuleAsync(string name, string json)
    {
        var faults = new List<FlagFault>();
        var rule = FlagRuleReader.Read(Json(json), Flags.Schema.Get(name), faults);
        faults.ShouldBeEmpty();
        return await Desk.PutAsync(name, new FlagDocument(null, rule), null, new Act("ada"), CancellationToken.None);
    }

    public async Task<FlagOutcome> BeginAsync(string name, string json = "{}")
    {
        var faults = new List<FlagFault>();
        var order = RolloutJson.ReadOrder(Json(json), "", faults);
        faults.ShouldBeEmpty();
        return await Desk.BeginRolloutAsync(name, order, new Act("ada", "new chart"), CancellationToken.None);
    }

    public GuardedRollout RolloutOf(string name) => Keeper.Find(name)!.Document.Rollout!;

    public int ShareOf(string name) => Keeper.Find(name)!.Document.Rule!.Split.BucketsOf("on") / 1_000;

    public void Dispose()
    {
        Keeper.Dispose();
        _data.Dispose();
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
