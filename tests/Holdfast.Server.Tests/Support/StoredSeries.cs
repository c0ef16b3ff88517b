using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>What the server stored of a metric, as its API tells.</summary>
internal static class StoredSeries
{
    /// <summary>The last value of each series of a name, by its labels as JSON; asked until there are as many series as expected.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonElement>> SeriesAsync(this TestServer server, string name, int count = 1)
    {
        var answer = await Deadline.EventuallyAsync(
            () => server.GetAsync($"/api/series?name={Uri.EscapeDataString(name)}&agg=last&step=1h&limit=500"),
            answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() >= count);
        return answer.Json.GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("labels").GetRawText(), item => item, StringComparer.Ordinal);
    }

    public static double Last(this JsonElement series) => series.GetProperty("points").EnumerateArray().Last()[1].GetDouble();

    /// <summary>The ledger's samples, when nothing waits in the spool any more.</summary>
    public static async Task<JsonElement> SettledSamplesAsync(this TestServer server)
    {
        var answer = await Deadline.EventuallyAsync(
            () => server.GetAsync("/api/ledger"), answer => answer.Json.GetProperty("samples").GetProperty("spooled").GetInt64() == 0);
        answer.Json.GetProperty("error").GetInt64().ShouldBe(0);
        return answer.Json.GetProperty("samples");
    }
}
