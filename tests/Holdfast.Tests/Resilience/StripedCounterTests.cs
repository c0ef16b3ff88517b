using Holdfast.Resilience;

namespace Holdfast.Tests.Resilience;

public class StripedCounterTests
{
    [Fact]
    public async Task It_loses_no_count_of_threads_that_count_at_once()
    {
        var counter = new StripedCounter();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                counter.Increment();
            }
        })));

        counter.Read().ShouldBe(400_000);
    }

    [Fact]
    public void It_starts_again_at_zero()
    {
        var counter = new StripedCounter();
        counter.Increment();

        counter.Reset();

        counter.Read().ShouldBe(0);
    }
}
