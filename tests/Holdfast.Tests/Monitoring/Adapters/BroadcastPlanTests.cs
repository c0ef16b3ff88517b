using Holdfast.Monitoring.Adapters;

namespace Holdfast.Tests.Monitoring.Adapters;

public class BroadcastPlanTests
{
    [Theory]
    [InlineData(true, "realtime", false, "adapter (realtime)")]
    [InlineData(true, "websocket", false, "adapter (websocket)")]
    [InlineData(true, "auto", false, "adapter (realtime)")]
    [InlineData(true, "dual", false, "dual (websocket, realtime)")]
    [InlineData(true, "realtime", true, "dual (realtime, websocket)")]
    [InlineData(true, "websocket", true, "dual (websocket, realtime)")]
    [InlineData(true, "dual", true, "dual (websocket, realtime)")]
    [InlineData(false, "realtime", true, "direct (websocket)")]
    [InlineData(false, "dual", false, "direct (websocket)")]
    public void The_settings_come_to_a_mode(bool useAdapter, string type, bool dual, string expected) =>
        BroadcastPlan.Of(new BroadcastOptions { UseAdapter = useAdapter, AdapterType = type, DualMode = dual }).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("websocket")]
    [InlineData("realtime")]
    public void One_adapter_alone_wins_over_type_and_dual_mode(string only) =>
        BroadcastPlan.Of(new BroadcastOptions { AdapterType = "dual", DualMode = true, Only = only }).ToString().ShouldBe($"adapter ({only})");

    [Fact]
    public void Nothing_wins_over_adapters_being_off() =>
        BroadcastPlan.Of(new BroadcastOptions { UseAdapter = false, Only = "realtime" }).Mode.ShouldBe(BroadcastMode.Direct);

    [Fact]
    public void Auto_is_the_websocket_where_realtime_is_off() =>
        BroadcastPlan.Of(new BroadcastOptions { AdapterType = "auto", UseRealtime = false }).Primary.ShouldBe("websocket");
}
