namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about who may call.</summary>
internal static class AccessDocs
{
    private const string KeyShape = "{id, name, role: ingest | viewer | operator | admin, created_at, created_by, expires_at, revoked_at, last_used_at}";

    private static readonly (int, string) Away = (503, "The store is unavailable; Retry-After says when to ask again. The keys that are known stay in effect.");
    private static readonly (int, string) BadBody = (400, "The body has faults; all are listed.");
    private static readonly (int, string) LargeBody = (413, "The body is too large.");

    public static EndpointDoc Show { get; } = new(
        "getAccess", "Who the caller is here: what stands in the audit, and what it may do.", [], [(200, "{name, role, expires_at, keys_needed}")]);

    public static EndpointDoc MakeTicket { get; } = new(
        "makeTicket",
        "A ticket that takes the place of the key in an address, where a browser can set no header: ?ticket=. Good for a minute, to begin with.",
        [],
        [(200, "{ticket, expires_at}")]);

    public static EndpointDoc ListKeys { get; } = new(
        "listKeys", "All keys, the newest first, also those that are revoked; never their secrets.", [], [(200, $"{{items: [{KeyShape}], next_cursor}}; next_cursor is null."), Away]);

    public static EndpointDoc CreateKey { get; } = new(
        "createKey",
        "Makes a key. Its text is in this answer and nowhere else. Audited. From the first one on keys are needed.",
        [],
        [
            (201, $"{{key, ...}}: the text of the key, and {KeyShape}"),
            BadBody,
            (409, "A key that is not revoked has the name, there are too many, or the first one is not an administrator's."),
            LargeBody,
            Away,
        ])
    { Body = new BodyDoc(["application/json"], Required: true, "{name, role, expires_in_days, reason}") };

    public static EndpointDoc RevokeKey { get; } = new(
        "revokeKey",
        "Revokes a key: at once here, within a second on other nodes. Its connections are broken off. Audited.",
        [new("id", "string", "Id of the key: the digits after hf_.", Required: true) { InPath = true }],
        [(200, $"The key as it is now: {KeyShape}"), BadBody, (404, "There is no such key."), LargeBody, Away])
    { Body = new BodyDoc(["application/json"], Required: false, "{reason}") };
}
