using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Microsoft.Extensions.Logging;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>
/// Brings commands that people write in rooms to those who execute them, and the answers back: to the room, or to the one who asked alone when
/// they asked so or the settings say so. What was asked in private is never answered to the room.
/// </summary>
internal sealed class RoomCommands(BusEndpoint bus, RoomSpeaker rooms, TimeProvider time, ILogger logger)
{
    /// <summary>A caller is told of one refusal in so long a time: who floods the room must not make the server flood it.</summary>
    private static readonly TimeSpan BetweenRefusals = TimeSpan.FromSeconds(5);

    // What waits longer than a command may wait is refused as stale, so a longer queue would help nobody.
    private static readonly SubscriptionOptions Listening = new() { Tags = [EventMarks.Command], QueueCapacity = 100, Concurrency = 16 };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private const string NoName = "(unknown)";

    private readonly CommandNews _news = new(bus);
    private readonly Cooldowns _refusals = new(time);

    public void Listen() => bus.Subscribe(RoomNews.EventPrefix + "*", HandleAsync, Listening);

    private async ValueTask HandleAsync(BusEvent happened, CancellationToken cancellationToken)
    {
        var said = happened.DataAs<RoomEvent>();
        if (CommandLineText.Read(said.Text!) is not { Count: > 0 } words)
        {
            return; // the prefix alone
        }

        var caller = new CommandCaller(said.User!, said.Role, EventMarks.OfRoom(said.Room));
        var request = new CommandRequest(words[0], [.. words.Skip(1)], caller, AskedAt(said, happened));
        if (await AskAsync(request, cancellationToken) is ({ } text, var name))
        {
            await AnswerAsync(said, name, caller, text, cancellationToken);
        }
    }

    // Rooms repeat what was said before one came; the clock of a room may be ahead.
    private static DateTimeOffset AskedAt(RoomEvent said, BusEvent happened) =>
        said.SaidAt is { } at && at < happened.Timestamp ? at : happened.Timestamp;

    /// <returns>What to answer (null: nothing), and the name of the command where there is one.</returns>
    private async ValueTask<(string? Text, string Name)> AskAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await bus.RequestAsync<CommandReply>(
                CommandsComponent.ComponentName, CommandRequest.RequestType, request, Patience, cancellationToken: cancellationToken);
            return (TextOf(reply, request.Caller), reply is CommandReply.Refused { Refusal: CommandRefusal.Unknown or CommandRefusal.TooLong } ? NoName : request.Command.ToLowerInvariant());
        }
        catch (EventBusException fault)
        {
            _news.NotRouted(request, fault.Message);
            return ("The command could not be executed now.", NoName);
        }
    }

    private string? TextOf(CommandReply reply, CommandCaller caller) => reply switch
    {
        CommandReply.Answered answered => answered.Answer.Text,
        CommandReply.Refused { Refusal: CommandRefusal.Cooldown } => null,
        CommandReply.Refused { Refusal: CommandRefusal.Stale } => null, // a room repeats a hundred lines to who comes in, and nobody waits for a hundred answers
        CommandReply.Refused refused => _refusals.Take(caller, "", BetweenRefusals) == TimeSpan.Zero ? refused.Message : null,
        _ => "The command failed.",
    };

    private async ValueTask AnswerAsync(RoomEvent said, string command, CommandCaller caller, string text, CancellationToken cancellationToken)
    {
        var message = new RoomMessage(said.Room, text) { To = said.IsAnsweredInPrivate ? said.User : null };
        if (await rooms.SayAsync(message, cancellationToken) is { } refused)
        {
            logger.RoomNotAnswered(command, caller.Name, said.Room, refused.Message);
            _news.NotAnswered(command, caller, message.To is not null, refused.Message);
        }
    }
}
