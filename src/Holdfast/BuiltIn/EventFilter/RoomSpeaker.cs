using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>Says something in rooms, over the bus.</summary>
internal sealed class RoomSpeaker(IEventBus bus)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>Why it was not said; null: it was.</returns>
    public async ValueTask<RoomRefusedException?> SayAsync(RoomMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await bus.RequestAsync(RoomsComponent.ComponentName, RoomsComponent.SendType, message, Patience, cancellationToken: cancellationToken);
            return null;
        }
        catch (RequestFailedException failed)
        {
            return failed.InnerException as RoomRefusedException ?? new RoomRefusedException(RoomRefusedException.Unavailable, failed.Message);
        }
        catch (NoHandlerException nobody)
        {
            return new RoomRefusedException(RoomRefusedException.NotFound, nobody.Message);
        }
        catch (RequestTimeoutException late)
        {
            return new RoomRefusedException(RoomRefusedException.Unavailable, late.Message);
        }
    }
}
