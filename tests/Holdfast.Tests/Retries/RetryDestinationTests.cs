using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

public class RetryDestinationTests
{
    [Theory]
    [InlineData("https://shop.example/a?b=1", "https://shop.example:443")]
    [InlineData("https://shop.example:443/other", "https://shop.example:443")]
    [InlineData("http://Shop.Example/a", "http://shop.example:80")]
    [InlineData("http://[::1]:8080/a", "http://[::1]:8080")]
    [InlineData("orders", "orders")]
    [InlineData("ftp://shop.example/a", "ftp://shop.example/a")]
    [InlineData("", "")]
    public void A_url_stands_for_its_host_and_anything_else_for_itself(string target, string name) =>
        RetryDestination.Of("http_callback", target).Name.ShouldBe(name);

    [Fact]
    public void The_destination_that_was_not_used_for_the_longest_time_is_forgotten()
    {
        var gates = new DestinationGates(new RetryEnvironment("here", () => new RetryQueueOptions(), new ManualTimeProvider(), () => 0, new RecordingLogger<DestinationGates>()));
        var kept = Of(gates, 0);
        var forgotten = Of(gates, 1);
        for (var i = 2; i <= DestinationGates.DestinationsMax; i++)
        {
            Of(gates, 0);
            Of(gates, i);
        }

        gates.All.Count.ShouldBe(DestinationGates.DestinationsMax);
        Of(gates, 0).ShouldBeSameAs(kept);
        Of(gates, 1).ShouldNotBeSameAs(forgotten);
    }

    private static DestinationGate Of(DestinationGates gates, int target) => gates.Of(new RetryDestination("trial", $"{target}"), new RetryPolicy());
}
