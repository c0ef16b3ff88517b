using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Watch;

/// <summary><c>holdfast watch</c></summary>
internal static class WatchVerb
{
    private static readonly Option<string> Since = new("--since") { Description = "Goes on behind a cursor, which the last run told at its end. Default: from now." };
    private static readonly Option<string> Type = new("--type") { Description = "Only events whose type begins with this." };
    private static readonly Option<string> Source = new("--source") { Description = "Only events of this source." };
    private static readonly Option<int?> Count = new("--count") { Description = "Ends after so many events." };

    public static Command Create()
    {
        var command = new Command("watch", "Shows events as they become durable, until Ctrl+C. Comes back by itself when the connection breaks, and misses nothing. With --json one event a line.")
        {
            Since, Type, Source, Count,
        };
        command.Does((session, cancellationToken) => OutputReader.WhileThereAsync(token => RunAsync(session, token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        // Whoever talks to nobody, or may not look, is told so in the words of every other verb.
        await session.GetAsync("api/ledger", cancellationToken);
        var (left, arguments) = (session.Arguments.GetValue(Count) ?? int.MaxValue, session.Arguments);
        await using var output = Output(session);
        var stream = new LiveStream(session, arguments.GetValue(Since), Take, output.Note);
        try
        {
            await stream.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how watching ends, or that nobody reads any more.
        }

        await output.DisposeAsync();
        if (!OutputReader.IsGone)
        {
            Session.Note($"To go on from here: --since {stream.Cursor}");
        }

        return ExitCode.Done;

        bool Take(JsonElement frame)
        {
            var events = frame[0].GetString() == "e" ? frame[2].EnumerateArray().Where(item => IsWanted(item, arguments)).Take(left).ToList() : [];
            left -= events.Count;
            output.Take(frame, events);
            return left > 0;
        }
    }

    private static IWatchOutput Output(Session session) =>
        session.AsJson || Console.IsOutputRedirected ? new WatchLines(session.AsJson) : new WatchScreen(session.Out);

    private static bool IsWanted(JsonElement item, ParseResult arguments) =>
        (arguments.GetValue(Type) is not { } type || item.GetProperty("event_type").GetString()!.StartsWith(type, StringComparison.Ordinal))
        && (arguments.GetValue(Source) is not { } source || item.GetProperty("source").GetString() == source);
}

/// <summary>What is made of the live stream.</summary>
internal interface IWatchOutput : IAsyncDisposable
{
    /// <param name="frame">The frame as it came.</param>
    /// <param name="events">Those of its events that are wanted.</param>
    void Take(JsonElement frame, IReadOnlyList<JsonElement> events);

    /// <summary>The connection is lost, and why; null: it stands again.</summary>
    void Note(string? trouble);
}
