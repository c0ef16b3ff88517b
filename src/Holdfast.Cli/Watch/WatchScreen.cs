using System.Diagnostics;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Holdfast.Cli.Watch;

/// <summary>The last events and the state of the server, on a terminal, drawn anew at most ten times a second.</summary>
internal sealed class WatchScreen : IWatchOutput
{
    private const int EventsShown = 15;

    private static readonly TimeSpan DrawPeriod = TimeSpan.FromMilliseconds(100);

    private readonly Queue<JsonElement> _events = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _live;
    private readonly Dictionary<string, JsonElement> _overview = new(StringComparer.Ordinal);
    private LiveDisplayContext? _display;
    private long _drawnAt;
    private long _seen;
    private string? _gap;
    private string? _trouble;

    public WatchScreen(IAnsiConsole console) => _live = console.Live(new Text("Connecting ...")).StartAsync(async display =>
    {
        _display = display;
        await _ended.Task;
        Draw(display);
    });

    public void Take(JsonElement frame, IReadOnlyList<JsonElement> events)
    {
        foreach (var item in events)
        {
            _events.Enqueue(item);
            if (_events.Count > EventsShown)
            {
                _events.Dequeue();
            }
        }

        _seen += events.Count;
        Learn(frame);
        DrawWhenDue();
    }

    public void Note(string? trouble)
    {
        _trouble = trouble;
        _drawnAt = 0;
        DrawWhenDue();
    }

    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        await _live;
    }

    private void Learn(JsonElement frame)
    {
        switch (frame[0].GetString())
        {
            case "s":
                foreach (var member in frame[3].EnumerateObject())
                {
                    _overview[member.Name] = member.Value;
                }

                break;
            case "d" when frame[1].GetString() == "overview":
                foreach (var put in frame[3].EnumerateArray())
                {
                    _overview[put.GetProperty("key").GetString()!] = put.GetProperty("value");
                }

                break;
            case "g":
                _gap = WatchLines.Gap(frame[1]);
                break;
        }
    }

    private void DrawWhenDue()
    {
        if (_display is { } display && (_drawnAt == 0 || Stopwatch.GetElapsedTime(_drawnAt) >= DrawPeriod))
        {
            _drawnAt = Stopwatch.GetTimestamp();
            Draw(display);
        }
    }

    private void Draw(LiveDisplayContext display)
    {
        display.UpdateTarget(Render());
        display.Refresh();
    }

    private Rows Render()
    {
        var table = new Table().AddColumns("time", "type", "source", "data").Expand();
        foreach (var item in _events)
        {
            table.AddRow(
                new Text(Shown.Instant(item.GetProperty("timestamp"))),
                new Text(Shown.Short(item.GetProperty("event_type").GetString())),
                new Text(Shown.Short(item.GetProperty("source").GetString())),
                new Text(Shown.Short(item.GetProperty("data").GetRawText())));
        }

        return new Rows(Remarks().Append(table));
    }

    private IEnumerable<IRenderable> Remarks()
    {
        yield return new Text(_trouble ?? Standing());
        if (_gap is not null)
        {
            yield return new Text(_gap);
        }
    }

    private string Standing()
    {
        if (!_overview.TryGetValue("ledger", out var ledger))
        {
            return "Connecting ...";
        }

        var rows = ledger.GetProperty("events");
        var problems = _overview["status"].GetProperty("problems").EnumerateArray().Select(problem => Shown.Printable(problem.GetString()!)).ToList();
        return $"{_seen} events seen. Received {rows.GetProperty("received")}, stored {rows.GetProperty("stored")}, waiting {rows.GetProperty("spooled")}, dead letters {rows.GetProperty("dead_lettered")}. "
            + (problems.Count == 0 ? "All is well." : string.Join(' ', problems));
    }
}
