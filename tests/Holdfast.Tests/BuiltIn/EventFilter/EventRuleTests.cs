using Holdfast.BuiltIn;
using Holdfast.BuiltIn.EventFilter;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn.EventFilter;

/// <summary>What a rule takes, and what it says of it.</summary>
public class EventRuleTests
{
    private static readonly EventRule ToLobby = new("alert", "*", null, new EventDestination(null, "lobby"), Enabled: true);
    private static readonly EventRule ToRecord = new("log", "*", null, new EventDestination(null), Enabled: true);

    [Fact]
    public void What_happened_in_a_room_is_not_said_there_again_but_elsewhere_and_recorded()
    {
        var said = FromRoom("lobby");

        ToLobby.Takes(said).ShouldBeFalse();
        ToLobby.Takes(FromRoom("other")).ShouldBeTrue();
        ToRecord.Takes(said).ShouldBeTrue();
    }

    [Fact]
    public void Its_own_words_are_said_nowhere_again() =>
        ToLobby.Takes(FromRoom("other", EventMarks.Own)).ShouldBeFalse("two rules would feed each other through two rooms");

    [Fact]
    public void What_became_of_a_message_makes_no_message()
    {
        var settled = new SettledRetry(Guid.Empty, "room_message", "lobby", null, 1, 5, RetryStatus.Completed, null);

        ToLobby.Takes(new BusEvent("retry.success", settled)).ShouldBeFalse();
        ToLobby.Takes(new BusEvent("retry.success", settled with { OperationType = "http_callback" })).ShouldBeTrue();
    }

    [Theory]
    [InlineData("{event_type} of {source}: {order.state}, {order.lines}", "order.placed of till: open, 3")]
    [InlineData("{nothing}{order.nothing}.", ".")]
    [InlineData("{ {order.state} }", "{ open }")]
    [InlineData("{note}", "{order.state}")]
    public void A_text_says_what_the_data_says(string template, string said) =>
        RuleText.Of(ToLobby with { Text = template }, Placed()).ShouldBe(said);

    [Fact]
    public void Without_a_text_it_is_the_type_and_the_data() =>
        RuleText.Of(ToLobby, new BusEvent("shop.closed", TrialHandler.Json("""{"n":1}"""))).ShouldBe("""shop.closed: {"n":1}""");

    private static BusEvent Placed() =>
        new("order.placed", TrialHandler.Json("""{"order":{"state":"open","lines":3},"note":"{order.state}"}"""), new EventMetadata { Source = "till" });

    private static BusEvent FromRoom(string room, params string[] marks) => new(
        "room.event.chat", new RoomEvent { Room = room, Type = "chat", Frame = TrialHandler.Json("{}") }, new EventMetadata { Tags = [EventMarks.OfRoom(room), .. marks] });
}
