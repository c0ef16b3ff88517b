using System.Text.Json.Nodes;
using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;

namespace Holdfast.BuiltIn;

/// <summary>What happens to broadcasting, as news of the server itself. One that fails is told once, and not for each event: what is told is an event, too.</summary>
internal sealed class BroadcastNews(SystemNews news) : IBroadcastObserver
{
    public void OnModeChanged(BroadcastPlan was, BroadcastPlan now) => news.Tell(
        "broadcast.mode_changed",
        new JsonObject { ["mode"] = now.ModeName, ["primary"] = now.Primary, ["secondary"] = now.Secondary, ["was"] = was.ToString() });

    public void OnSharesChanged(RolloutShares shares) => news.Tell(
        "broadcast.rollout_changed",
        new JsonObject([.. Enum.GetValues<EventCategory>().Select(category => KeyValuePair.Create(EventCategories.Name(category), (JsonNode?)shares.Percents[category]))]));

    public void OnEffectiveChanged(string was, string now, string? reason) =>
        news.Tell("broadcast.adapter_changed", new JsonObject { ["adapter"] = now, ["was"] = was, ["reason"] = reason });

    public void OnFailing(BroadcastPlan plan, string reason) =>
        news.Tell("broadcast.failed", new JsonObject { ["mode"] = plan.ModeName, ["reason"] = reason });

    public void OnWorkingAgain(BroadcastPlan plan, long failed) =>
        news.Tell("broadcast.recovered", new JsonObject { ["mode"] = plan.ModeName, ["failed_broadcasts"] = failed });

    public void OnMismatch(MismatchAlert alert, bool tripped) => news.Tell(
        "broadcast.mismatch",
        new JsonObject
        {
            ["adapter"] = alert.Adapter,
            ["category"] = EventCategories.Name(alert.Category),
            ["percent"] = Math.Round(alert.Percent, 2),
            ["percent_max"] = alert.PercentMax,
            ["compared"] = alert.Compared,
            ["breaker_opened"] = tripped,
        });
}
