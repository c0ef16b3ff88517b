using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>
/// Where a request shows what lets it in: <c>Authorization: Bearer</c>, <c>X-API-Key</c>,
/// <c>apikey</c> (as clients of the Realtime protocol do), or, where a browser can set no header, the query:
/// <c>ticket</c>, which is good for a minute, and for sockets and streams <c>apikey</c>. Pure.
/// </summary>
internal static class Credential
{
    public const string TicketParameter = "ticket";
    public const string KeyParameter = "apikey";

    private const string Bearer = "Bearer ";

    // A token with the claims of a large directory; a key has 84 characters.
    private const int CharsMax = 8 << 10;

    /// <summary>What was shown; null: nothing. Of several the first counts, so that nobody can be let in by one and named by another.</summary>
    public static string? Read(HttpRequest request) =>
        Shown(NoTicket(FromAuthorization(request.Headers.Authorization.ToString())))
        ?? Shown(NoTicket(request.Headers["X-API-Key"].ToString()))
        ?? Shown(NoTicket(request.Headers[KeyParameter].ToString()))
        ?? (HttpMethods.IsGet(request.Method) ? Shown(OnlyTicket(request.Query[TicketParameter].ToString())) : null)
        ?? (IsSocketOrStream(request) ? Shown(request.Query[KeyParameter].ToString()) : null);

    // Anything else than Bearer counts as shown, and is refused: a second place is not looked at.
    private static string FromAuthorization(string header) =>
        header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : header;

    // A ticket opens a socket or a download, from an address. Who can set a header has a key; with a ticket it could write, and make the next ticket.
    private static string NoTicket(string text) => text.StartsWith(Tickets.Prefix, StringComparison.Ordinal) ? "a ticket is no key" : text;

    // A key does not become harmless in an address by being called a ticket.
    private static string OnlyTicket(string text) => text.Length == 0 || text.StartsWith(Tickets.Prefix, StringComparison.Ordinal) ? text : "no ticket";

    private static string? Shown(string text) => text.Length == 0 ? null : text.Length <= CharsMax ? text : "too long";

    private static bool IsSocketOrStream(HttpRequest request) =>
        request.HttpContext.WebSockets.IsWebSocketRequest || request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
