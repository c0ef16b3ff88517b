using FsCheck;
using FsCheck.Fluent;
using Holdfast.Resilience;

namespace Holdfast.Tests.Resilience;

public sealed class BackoffScheduleTests
{
    private static readonly BackoffSchedule Plain = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(60), 0);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(5, 32)]
    [InlineData(6, 60)]
    [InlineData(2_000, 60)]
    [InlineData(int.MaxValue, 60)]
    public void Delays_grow_up_to_the_cap_and_never_overflow(int failure, int seconds) =>
        Plain.Next(failure, () => throw new InvalidOperationException("There is no jitter to ask for.")).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void Jitter_stays_within_its_fraction_and_below_the_cap() => Prop.ForAll<PositiveInt, NormalFloat, PositiveInt>(
        (failure, spread, chance) =>
        {
            var jitter = Math.Abs(spread.Get) % 1;
            var random = chance.Get % 1_000 / 1_000d;
            var plain = Plain.Next(failure.Get % 100, () => 0).Ticks;

            var delay = (Plain with { Jitter = jitter }).Next(failure.Get % 100, () => random).Ticks;

            return delay >= (plain * (1 - jitter)) - 1 && delay <= Math.Min(Plain.Cap.Ticks, (plain * (1 + jitter)) + 1);
        }).QuickCheckThrowOnFailure();
}
