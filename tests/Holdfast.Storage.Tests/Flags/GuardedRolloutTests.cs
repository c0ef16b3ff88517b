using Holdfast.Pipeline;
using Holdfast.Rollout;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Flags;

/// <summary>Rollouts over their whole life, by a clock that the test moves.</summary>
public sealed class GuardedRolloutTests : IDisposable
{
    private const string Flag = "chart.fast";

    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly MemoryFlagStore _store;
    private readonly FlagNode _node;

    public GuardedRolloutTests()
    {
        _store = new MemoryFlagStore(_time);
        _node = new FlagNode(_store, _time);
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task It_goes_through_all_its_steps_and_each_is_noted()
    {
        await BegunAsync();
        var shares = new List<int> { _node.ShareOf(Flag) };

        for (var minute = 0; minute < 60 && !_node.RolloutOf(Flag).IsOver; minute++)
        {
            await MinuteAsync(errors: 0);
            shares.Add(_node.ShareOf(Flag));
        }

        shares.Distinct().ShouldBe([1, 5, 25, 50, 100]);
        _node.RolloutOf(Flag).Status.ShouldBe(RolloutStatus.Completed);
        var history = await _store.ReadHistoryAsync(new FlagHistoryQuery(Flag, null, 100), CancellationToken.None);
        history.Reverse().Select(note => note.Action).ShouldBe(
        [
            "flag.set", "flag.rollout.begin", "flag.rollout.advance", "flag.rollout.advance", "flag.rollout.advance", "flag.rollout.advance", "flag.rollout.complete",
        ]);
        history.Take(5).ShouldAllBe(note => note.Actor == RolloutWorker.Actor && note.Reason!.Length > 0);
    }

    [Fact]
    public async Task Errors_roll_it_back_to_where_it_was_and_it_does_not_begin_again()
    {
        await BegunAsync();
        await MinutesAsync(11, errors: 0);
        _node.ShareOf(Flag).ShouldBe(5);

        await MinutesAsync(6, errors: 20);

        _node.ShareOf(Flag).ShouldBe(0);
        var rollout = _node.RolloutOf(Flag);
        rollout.Status.ShouldBe(RolloutStatus.RolledBack);
        rollout.Because.ShouldContain("failed within 300 s");
        await MinutesAsync(30, errors: 0);
        _node.ShareOf(Flag).ShouldBe(0);
    }

    [Fact]
    public async Task Slowness_rolls_it_back()
    {
        await BegunAsync();

        await MinutesAsync(11, errors: 0, latency: 50);

        _node.RolloutOf(Flag).Because.ShouldContain("times the");
        _node.ShareOf(Flag).ShouldBe(0);
    }

    [Fact]
    public async Task It_survives_a_restart_at_its_step_and_with_what_was_measured()
    {
        await BegunAsync();
        await MinutesAsync(9, errors: 0);

        using var restarted = new FlagNode(_store, _time, dataDirectory: _node.DataPath);
        restarted.Keeper.TakeKnown();
        restarted.ShareOf(Flag).ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(2));
        await restarted.Keeper.RefreshAsync(CancellationToken.None);
        await restarted.Rollouts.RoundAsync(CancellationToken.None);

        restarted.ShareOf(Flag).ShouldBe(5);
    }

    [Fact]
    public async Task Of_many_nodes_one_makes_a_move()
    {
        await BegunAsync();
        await MinutesAsync(9, errors: 0);
        FlagNode[] nodes = [.. Enumerable.Range(0, 5).Select(_ => new FlagNode(_store, _time))];
        foreach (var node in nodes)
        {
            await node.Keeper.RefreshAsync(CancellationToken.None);
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        await Task.WhenAll(nodes.Select(node => Task.Run(() => node.Rollouts.RoundAsync(CancellationToken.None))));

        nodes.ShouldAllBe(node => node.ShareOf(Flag) == 5);
        var history = await _store.ReadHistoryAsync(new FlagHistoryQuery(Flag, null, 100), CancellationToken.None);
        history.Count(note => note.Action == "flag.rollout.advance").ShouldBe(1);
        Array.ForEach(nodes, node => node.Dispose());
    }

    [Fact]
    public async Task What_is_measured_at_one_node_rolls_it_back_at_all()
    {
        await BegunAsync();
        using var other = new FlagNode(_store, _time);
        await other.Keeper.RefreshAsync(CancellationToken.None);
        for (var minute = 0; minute < 6; minute++)
        {
            other.Samples.Add(new FlagSample(Flag, "on", 100, 100, LatencyHistogram.Empty));
            await other.Rollouts.RoundAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        await _node.Rollouts.RoundAsync(CancellationToken.None);
        await _node.Keeper.RefreshAsync(CancellationToken.None);

        _node.ShareOf(Flag).ShouldBe(0);
    }

    [Fact]
    public async Task It_is_paused_resumed_and_rolled_back_by_hand()
    {
        await BegunAsync();

        (await SteerAsync(RolloutStatus.Paused)).Kind.ShouldBe(FlagOutcomeKind.Done);
        await MinutesAsync(20, errors: 0);
        _node.ShareOf(Flag).ShouldBe(1);
        (await SteerAsync(RolloutStatus.Running)).Kind.ShouldBe(FlagOutcomeKind.Done);
        await MinutesAsync(9, errors: 0);
        _node.ShareOf(Flag).ShouldBe(1);
        await MinutesAsync(2, errors: 0);
        _node.ShareOf(Flag).ShouldBe(5);
        (await SteerAsync(RolloutStatus.RolledBack)).Kind.ShouldBe(FlagOutcomeKind.Done);

        _node.ShareOf(Flag).ShouldBe(0);
        (await SteerAsync(RolloutStatus.Running)).Kind.ShouldBe(FlagOutcomeKind.Refused);
    }

    [Fact]
    public async Task A_killed_flag_is_not_rolled_out_any_further()
    {
        await BegunAsync();

        await _node.Desk.KillAsync(Flag, killed: true, new Act("ada"), CancellationToken.None);
        await MinutesAsync(20, errors: 0);

        _node.ShareOf(Flag).ShouldBe(1);
    }

    [Fact]
    public async Task A_rule_that_is_put_ends_the_rollout()
    {
        await BegunAsync();

        await _node.PutRuleAsync(Flag, """{"type": "bool", "split": [{"variant": "on", "percent": 40}]}""");
        await MinutesAsync(20, errors: 0);

        _node.ShareOf(Flag).ShouldBe(40);
        _node.Keeper.Find(Flag)!.Document.Rollout.ShouldBeNull();
    }

    [Fact]
    public async Task What_makes_no_sense_is_not_begun()
    {
        await _node.PutRuleAsync("two.shares", """{"type": "string", "variants": {"a": "", "b": "", "c": ""}, "default": "a", "split": [{"variant": "b", "percent": 10}]}""");
        await BegunAsync();

        (await _node.BeginAsync(Flag)).Faults.ShouldContain(fault => fault.Field == "rollout");
        (await _node.BeginAsync("two.shares", """{"variant": "a"}""")).Faults.ShouldContain(fault => fault.Field == "variant");
        (await _node.BeginAsync("two.shares", """{"variant": "c"}""")).Faults.ShouldContain(fault => fault.Message.StartsWith("Other variants have shares"));
        (await _node.BeginAsync("two.shares", """{"variant": "b", "steps": [5, 50]}""")).Faults.ShouldContain(fault => fault.Field == "steps");
        (await _node.BeginAsync("two.shares", """{"variant": "b", "steps": [50]}""")).Kind.ShouldBe(FlagOutcomeKind.Done);
        (await _node.BeginAsync("nothing")).Kind.ShouldBe(FlagOutcomeKind.Unknown);
    }

    private async Task BegunAsync()
    {
        (await _node.PutRuleAsync(Flag, """{"type": "bool"}""")).Kind.ShouldBe(FlagOutcomeKind.Done);
        (await _node.BeginAsync(Flag)).Kind.ShouldBe(FlagOutcomeKind.Done);
    }

    private async Task MinutesAsync(int minutes, int errors, double latency = 10)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            await MinuteAsync(errors, latency);
        }
    }

    /// <summary>A hundred requests of each variant, a round of the worker, and then the minute is over.</summary>
    private async Task MinuteAsync(int errors, double latency = 10)
    {
        _node.Samples.Add(new FlagSample(Flag, "on", 100, errors, LatencyHistogram.Of(Enumerable.Repeat(latency, 100))));
        _node.Samples.Add(new FlagSample(Flag, "off", 100, 0, LatencyHistogram.Of(Enumerable.Repeat(10.0, 100))));
        await _node.Rollouts.RoundAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(1));
    }

    private async Task<FlagOutcome> SteerAsync(RolloutStatus to) => await _node.Desk.SteerRolloutAsync(Flag, to, new Act("ada"), CancellationToken.None);
}
