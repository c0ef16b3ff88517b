using Holdfast.Flags;
using Microsoft.Extensions.Logging.Console;

namespace Holdfast.Server;

/// <summary>The server's log: one line an entry on the console, as text or as JSON.</summary>
internal static partial class ServerLogging
{
    public static void Configure(ILoggingBuilder logging, FlagManager flags)
    {
        logging.ClearProviders();
        var least = Enum.Parse<LogLevel>(flags.GetString(FlagNames.LogLevel), ignoreCase: true);
        logging.SetMinimumLevel(least);

        // The host's own words are of interest only when something is wrong.
        logging.AddFilter("Microsoft", least > LogLevel.Warning ? least : LogLevel.Warning);

        // What the host says of a failed start it also throws, and the program turns that into one sentence that says what to do.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (flags.GetString(FlagNames.LogFormat) == "json")
        {
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
            logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        }
    }

    public static void Listening(WebApplication app, FlagManager flags)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Holdfast");
        var basePath = flags.GetString(FlagNames.BasePath).TrimEnd('/');
        foreach (var url in app.Urls)
        {
            logger.ListensAt(url + basePath, flags.GetString(FlagNames.Data));
        }
    }

    [LoggerMessage(900, LogLevel.Information, "Holdfast is at {Url}, its data in {DataDirectory}. Ctrl+C drains and leaves.")]
    private static partial void ListensAt(this ILogger logger, string url, string dataDirectory);
}
