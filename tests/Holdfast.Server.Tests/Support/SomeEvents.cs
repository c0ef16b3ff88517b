using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>Events for tests that do not care which.</summary>
internal static class SomeEvents
{
    public static string One(string type = "order.placed", int number = 1, string? source = null) =>
        $$"""{"event_type":"{{type}}","data":{"n":{{number}}}{{(source is null ? "" : $",\"source\":\"{source}\"")}}}""";

    /// <summary>Numbers from..from+count-1, as one array.</summary>
    public static string Many(string type, int from, int count) =>
        $"[{string.Join(',', Enumerable.Range(from, count).Select(number => One(type, number)))}]";

    public static int Number(JsonElement stored) => stored.GetProperty("data").GetProperty("n").GetInt32();
}
