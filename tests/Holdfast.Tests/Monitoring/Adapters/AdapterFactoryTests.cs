using Holdfast.Monitoring.Adapters;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Monitoring.Adapters;

public class AdapterFactoryTests
{
    private readonly Broadcasting _broadcasting = new(new ManualTimeProvider(Some.Instant), new TrialAdapter("websocket"), new TrialAdapter("realtime"));

    private AdapterFactory Factory => _broadcasting.Factory;

    [Fact]
    public void Each_type_has_its_adapter()
    {
        Factory.Create("websocket").ShouldBe(_broadcasting.WebSocket);
        Factory.Create("realtime").ShouldBe(_broadcasting.Realtime);
        Factory.Create("dual").Name.ShouldBe("dual");
    }

    [Fact]
    public void Auto_is_what_the_settings_say_at_that_moment()
    {
        var before = Factory.Create("auto");
        _broadcasting.Set(new BroadcastOptions { UseRealtime = false });

        (before.Name, Factory.Create("auto").Name).ShouldBe(("realtime", "websocket"));
    }

    [Fact]
    public void An_unknown_type_is_an_error_that_names_those_there_are() =>
        Should.Throw<ArgumentException>(() => Factory.Create("redis")).Message.ShouldContain("There is no adapter 'redis'. Known: auto, websocket, realtime, dual.");

    [Fact]
    public void What_was_made_is_kept_until_it_is_cleared()
    {
        var first = Factory.Create("dual");
        var again = Factory.Create("dual");
        var held = Factory.Get("dual");
        Factory.Clear();

        (again, held).ShouldBe((first, first));
        Factory.Get("dual").ShouldBeNull();
        Factory.Create("dual").ShouldNotBe(first);
    }
}
