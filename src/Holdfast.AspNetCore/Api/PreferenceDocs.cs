using Holdfast.Preferences;

namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about what people keep of the page.</summary>
internal static class PreferenceDocs
{
    private const string Shape = "{key, version, value}";

    private static readonly ParameterDoc Key = new("key", "string", "Name of the document: lower-case letters, digits and . _ -", Required: true) { InPath = true };
    private static readonly ParameterDoc IfMatch = new("If-Match", "string", "The ETag over which it may be changed; \"0\" for a document that is not there.") { InHeader = true };
    private static readonly (int, string) Away = (503, "The store is unavailable; Retry-After says when to ask again.");
    private static readonly (int, string) Faulty = (400, "The request has faults; all are listed.");
    private static readonly (int, string) Overtaken = (412, "It is not of the version that If-Match names: it was changed elsewhere.");

    public static EndpointDoc List { get; } = new(
        "listPreferences", "What the caller keeps of the page: saved views, a baseline. Nobody sees another's.", [], [(200, $"{{items: [{Shape}], next_cursor}}; next_cursor is null."), Away]);

    public static EndpointDoc Put { get; } = new(
        "putPreference",
        $"Keeps a document of the caller, of at most {PreferenceDesk.ValueBytesMax} bytes. If-Match refuses what was changed elsewhere; \"0\" is a document that is not there. Not audited: it changes what its owner sees and nothing else.",
        [Key, IfMatch],
        [(200, $"{Shape}; ETag is the version."), Faulty, (409, $"There are {PreferenceDesk.Limits.OwnerMax} already."), Overtaken, (413, "The body is too large."), Away])
    { Body = new BodyDoc(["application/json"], Required: true, "{value: {...}}") };

    public static EndpointDoc Remove { get; } = new(
        "removePreference", "Removes a document of the caller; harmless when there is none.", [Key, IfMatch], [(204, "It is gone."), Faulty, Overtaken, Away]);
}
