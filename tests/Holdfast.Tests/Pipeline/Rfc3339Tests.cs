using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public class Rfc3339Tests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    [InlineData("2026-01-01T00:00:00Z", 1_767_225_600_000_000)]
    [InlineData("2026-01-01T02:30:00+02:30", 1_767_225_600_000_000)]
    [InlineData("2025-12-31T16:00:00-08:00", 1_767_225_600_000_000)]
    [InlineData("2026-01-01t00:00:00z", 1_767_225_600_000_000)]
    [InlineData("2026-01-01 00:00:00Z", 1_767_225_600_000_000)]
    [InlineData("2026-01-01T00:00:00.1Z", 1_767_225_600_100_000)]
    [InlineData("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123_456)]
    [InlineData("2026-01-01T00:00:00.0000000000000000000000001Z", 1_767_225_600_000_000)]
    [InlineData("2025-12-31T23:59:60Z", 1_767_225_600_000_000)]
    [InlineData("2024-02-29T00:00:00-00:00", 1_709_164_800_000_000)]
    public void Instants_are_read_to_the_microsecond(string text, long microseconds)
    {
        Rfc3339.TryParse(Encoding.UTF8.GetBytes(text), out var parsed).ShouldBeTrue();

        parsed.ShouldBe(microseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-01-01")]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-01-01T00:00Z")]
    [InlineData("2026-01-01T00:00:00.Z")]
    [InlineData("2026-01-01T00:00:00.5")]
    [InlineData("2026-01-01T00:00:00ZZ")]
    [InlineData("2026-01-01T00:00:00+0200")]
    [InlineData("2026-01-01T00:00:00+02:60")]
    [InlineData("2026-01-01T00:00:00+24:00")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-00-01T00:00:00Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-01-00T00:00:00Z")]
    [InlineData("2026-01-01T24:00:00Z")]
    [InlineData("2026-01-01T00:60:00Z")]
    [InlineData("2026-01-01T00:00:61Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("+026-01-01T00:00:00Z")]
    [InlineData("2026-01-01X00:00:00Z")]
    [InlineData("2026-01-01T-1:00:00Z")]
    [InlineData("2026-01-01T00:00:00 AEDT")]
    [InlineData("yesterday at a quarter past ten")]
    [InlineData("２026-01-01T00:00:00Z")]
    public void Anything_else_is_refused(string text) => Rfc3339.TryParse(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();
}
