using Holdfast.Storage;

namespace Holdfast.Tests.Storage;

public sealed class UnixMicrosecondsTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    [InlineData("2026-11-22T14:00:00+02:00", 1_795_348_800_000_000)]
    public void An_instant_and_its_number_are_the_same(string instant, long microseconds)
    {
        var parsed = DateTimeOffset.Parse(instant, null);

        UnixMicroseconds.From(parsed).ShouldBe(microseconds);
        UnixMicroseconds.ToInstant(microseconds).ShouldBe(parsed);
    }

    [Fact]
    public void The_ends_of_the_calendar_survive()
    {
        UnixMicroseconds.ToInstant(UnixMicroseconds.From(DateTimeOffset.MinValue)).ShouldBe(DateTimeOffset.MinValue);
        UnixMicroseconds.From(DateTimeOffset.MaxValue).ShouldBe(253_402_300_799_999_999);
    }
}
