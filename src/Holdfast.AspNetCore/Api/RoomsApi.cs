using Holdfast.BuiltIn.Rooms;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/rooms</c>: the event sources that the server connects to, from memory.</summary>
internal sealed class RoomsApi(RoomSet rooms)
{
    public Task ListAsync(HttpContext context) => Answer.ItemsAsync(context, rooms.Snapshots, RoomJson.Write, _ => { });
}
