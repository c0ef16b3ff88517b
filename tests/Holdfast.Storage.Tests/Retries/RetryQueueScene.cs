using FsCheck;
using FsCheck.Fluent;
using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>Some time passes, then an item comes, and then so many are handed out.</summary>
public sealed record Arrival(int Minutes, int Priority, int HandedOut)
{
    internal static Gen<Arrival> Any { get; } =
        from minutes in Gen.Choose(0, 4)
        from priority in Gen.Choose(RetryOrder.PriorityMin, RetryOrder.PriorityMax)
        from handedOut in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 2)))
        select new Arrival(minutes, priority, handedOut);
}

/// <summary>A queue in which items of all priorities come and go, and which notices who overtakes whom.</summary>
internal sealed class RetryQueueScene(RetryBench bench)
{
    // Penalties are half minutes apart; a clock that goes on by itself gets this much of them.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(20);

    private readonly List<Waiting> _waiting = [];
    private readonly Guid _process = Guid.NewGuid();
    private TimeSpan _now;

    public async Task RunAsync(IReadOnlyList<Arrival> arrivals)
    {
        await bench.Store.RenewAsync(_process, "node", TimeSpan.FromDays(300), CancellationToken.None);
        foreach (var arrival in arrivals)
        {
            await ComeAsync(arrival);
            await HandOutAsync(arrival.HandedOut);
        }

        await HandOutAsync(_waiting.Count);
        _waiting.ShouldBeEmpty();
    }

    private async Task ComeAsync(Arrival arrival)
    {
        await bench.AdvanceAsync(TimeSpan.FromMinutes(arrival.Minutes));
        _now += TimeSpan.FromMinutes(arrival.Minutes);
        var item = RetryItems.New(priority: arrival.Priority);
        await bench.Store.EnqueueAsync([item], CancellationToken.None);
        _waiting.Add(new Waiting(item, _now));
    }

    private async Task HandOutAsync(int count)
    {
        if (count == 0)
        {
            return;
        }

        foreach (var item in (await bench.Store.ClaimAsync(new ClaimOrder(_process, count), CancellationToken.None)).Items)
        {
            var next = _waiting.Single(waiting => waiting.What.Id == item.Id);
            _waiting.Remove(next);
            _waiting.Where(waiting => waiting.CameAt < next.CameAt).ShouldAllBe(overtaken => MayOvertake(next, overtaken), $"{next} overtook");
            _waiting.ShouldAllBe(waiting => !MustGoBefore(waiting, next), $"{next} went too early");
        }
    }

    private static bool MayOvertake(Waiting later, Waiting earlier) =>
        later.CameAt - earlier.CameAt <= earlier.What.Penalty - later.What.Penalty + Slack;

    private static bool MustGoBefore(Waiting one, Waiting other) =>
        one.CameAt + one.What.Penalty + Slack < other.CameAt + other.What.Penalty;

    private sealed record Waiting(NewRetry What, TimeSpan CameAt);
}
