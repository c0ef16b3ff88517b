using System.Threading.Channels;
using Holdfast.BuiltIn;
using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.EventFilter;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.BuiltIn.EventFilter;

/// <summary>Between a room and commands that a test makes of endpoints on a bus.</summary>
public sealed class RoomCommandsTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly Channel<RoomMessage> _said = Channel.CreateUnbounded<RoomMessage>();
    private readonly EventBus _bus;
    private readonly BusEndpoint _filter;

    public RoomCommandsTests()
    {
        _bus = new EventBus(time: _time);
        _filter = _bus.Join("eventfilter");
        _bus.Join("commands").Respond(CommandRequest.RequestType, (asked, _) => new ValueTask<object?>(Answer(asked.DataAs<CommandRequest>())));
        _bus.Join("rooms").Respond(RoomsComponent.SendType, async (asked, token) =>
        {
            await _said.Writer.WriteAsync(asked.DataAs<RoomMessage>(), token);
            return null;
        });
        new RoomCommands(_filter, new RoomSpeaker(_filter), _time, NullLogger.Instance).Listen();
        _bus.Start();
    }

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task Who_floods_the_room_with_what_is_refused_is_answered_once_in_five_seconds()
    {
        await SayAsync("bob", "!nothing", 20);
        await SayAsync("ann", "!nothing", 1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await SayAsync("bob", "!nothing", 1);

        Said().ShouldBe(["There is none.", "There is none.", "There is none."]);
    }

    [Fact]
    public async Task What_the_room_repeats_from_before_is_not_answered()
    {
        for (var line = 0; line < 50; line++)
        {
            await SayAsync($"user{line}", "!old", 1);
        }

        await SayAsync("ann", "!new", 1);

        Said().ShouldBe(["Done."]);
    }

    private static CommandReply Answer(CommandRequest asked) => asked.Command switch
    {
        "new" => new CommandReply.Answered(new CommandAnswer("Done.")),
        "old" => new CommandReply.Refused(CommandRefusal.Stale, "Too long ago."),
        _ => new CommandReply.Refused(CommandRefusal.Unknown, "There is none."),
    };

    private async Task SayAsync(string user, string text, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _bus.Publish("room.event.chat", new RoomEvent { Room = "lobby", Type = "chat", User = user, Text = text }, new EventMetadata { Tags = [EventMarks.Command] });
        }

        await _filter.WhenIdleAsync(TestContext.Current.CancellationToken);
    }

    private List<string> Said()
    {
        var said = new List<string>();
        while (_said.Reader.TryRead(out var message))
        {
            said.Add(message.Text);
        }

        return said;
    }
}
