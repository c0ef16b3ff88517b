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

        var read = LiveCursor.TryDecode(LiveCursor.Encode(LivePositions.Of(epoch, sequence)), out var positions);

        read.ShouldBeTrue();
        positions.All.ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create(epoch, sequence));
    }

    [Fact]
    public void A_cursor_names_every_node_up_to_its_bound_and_the_first_of_more()
    {
        var nodes = Enumerable.Range(1, LiveCursor.EpochsMax + 5).Select(n => (Epoch: Guid.NewGuid(), Sequence: (long)n)).ToArray();
        var positions = nodes.Aggregate(LivePositions.None, (all, node) => all.With(node.Epoch, node.Sequence));

        var cursor = LiveCursor.Encode(positions);

        cursor.Length.ShouldBe(LiveCursor.CharactersMax);
        LiveCursor.TryDecode(cursor, out var read).ShouldBeTrue();
        read.All.ShouldBe(positions.All.Take(LiveCursor.EpochsMax));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("not a cursor at all")]
    [InlineData("AAAA")]
    [InlineData("////////////////////////////////")]
    public void Nonsense_is_no_cursor(string text) => LiveCursor.TryDecode(text, out _).ShouldBeFalse();

    [Fact]
    public void A_negative_position_is_no_cursor() => LiveCursor.TryDecode(LiveCursor.Encode(LivePositions.Of(Guid.NewGuid(), -1)), out _).ShouldBeFalse();

    [Fact]
    public void A_cursor_of_endless_length_is_refused_without_being_read() => LiveCursor.TryDecode(new string('A', 1_000_000), out _).ShouldBeFalse();
}
