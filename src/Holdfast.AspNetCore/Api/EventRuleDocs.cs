namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about event rules.</summary>
internal static class EventRuleDocs
{
    private const string Shape = "{rules: [{name, pattern, condition: {field, equals}, destination: record | publish:<type> | room:<room> | pm:<room>/<user>, text, enabled}]}";

    public static EndpointDoc Get { get; } = new(
        "getEventRules", "The rules that bring events of the bus into the record, onto the bus under another type, or into a room.", [], [(200, Shape), (503, "The file of the rules cannot be read.")]);

    public static EndpointDoc Put { get; } = new(
        "putEventRules",
        "Puts these rules in the place of all that there are, at once and for later starts. Audited.",
        [],
        [
            (200, $"The rules that are in effect now: {Shape}"),
            (400, "The rules have faults, all of which are listed; nothing was changed."),
            (413, "The body is too large."),
            (503, "The file of the rules cannot be written; nothing was changed."),
        ])
    { Body = new BodyDoc(["application/json"], Required: true, Shape) };
}
