using System.Text.Json;

namespace Holdfast.Cli.Watch;

/// <summary>One event a line, for scripts (JSON, as the API has it) and for pipes. What was missed is a line too: nobody shall take a part for the whole.</summary>
internal sealed class WatchLines(bool asJson) : IWatchOutput
{
    public void Take(JsonElement frame, IReadOnlyList<JsonElement> events)
    {
        foreach (var item in events)
        {
            Console.Out.WriteLine(asJson ? item.GetRawText() : Line(item));
        }

        if (frame[0].GetString() == "g")
        {
            Console.Out.WriteLine(asJson ? $"{{\"gap\":{frame[1].GetRawText()}}}" : Gap(frame[1]));
        }

        Console.Out.Flush();
    }

    public void Note(string? trouble)
    {
        if (trouble is not null)
        {
            Session.Note(trouble);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Events that did not come this way.</summary>
    public static string Gap(JsonElement gap) => $"-- events {gap.GetProperty("from")} to {gap.GetProperty("to")} were missed; 'GET /api/events' has what is stored of them";

    private static string Line(JsonElement item) =>
        $"{Shown.Instant(item.GetProperty("timestamp"))}  {Shown.Printable(item.GetProperty("event_type").GetString()!)}  {Shown.Printable(item.GetProperty("source").GetString()!)}  {Shown.Short(item.GetProperty("data").GetRawText())}";
}
