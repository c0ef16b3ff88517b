using Holdfast.Monitoring;

namespace Holdfast.Tests.Monitoring;

public sealed class LiveCursorTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public void A_cursor_says_again_what_went_into_it(long sequence)
    {
        var epoch = Guid.NewGuid();

        var read = LiveCursor.TryDecode(LiveCursor.Encode(epoch, sequence), out var positions);

        read.ShouldBeTrue();
        positions.ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create(epoch, sequence));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("not a cursor at all")]
    [InlineData("AAAA")]
    [InlineData("////////////////////////////////")]
    public void Nonsense_is_no_cursor(string text) => LiveCursor.TryDecode(text, out _).ShouldBeFalse();

    [Fact]
    public void A_negative_position_is_no_cursor() => LiveCursor.TryDecode(LiveCursor.Encode(Guid.NewGuid(), -1), out _).ShouldBeFalse();

    [Fact]
    public void A_cursor_of_endless_length_is_refused_without_being_read() => LiveCursor.TryDecode(new string('A', 1_000_000), out _).ShouldBeFalse();
}
