using System.CommandLine;
using System.CommandLine.Help;
using Holdfast.Cli.Breakers;
using Holdfast.Cli.Dlq;
using Holdfast.Cli.Flags;
using Holdfast.Cli.Health;
using Holdfast.Cli.Keys;
using Holdfast.Cli.Load;
using Holdfast.Cli.Ops;
using Holdfast.Cli.Retries;

namespace Holdfast.Cli;

/// <summary>The verbs, and what their ends mean to a script.</summary>
internal static class CommandLine
{
    private const string UrlDefault = "http://127.0.0.1:8080";

    public static Option<Uri?> Url { get; } = new("--url")
    {
        Description = $"Address of the server, with its base path. Default: {Surroundings.UrlVariable}, else {UrlDefault}.",
        Recursive = true,
        CustomParser = result => ParseUrl(result.Tokens.Count == 0 ? "" : result.Tokens[0].Value, result.AddError),
        DefaultValueFactory = result => ParseUrl(Surroundings.Url ?? UrlDefault, result.AddError),
    };

    public static Option<FileInfo?> KeyFile { get; } = new("--key-file")
    {
        Description = $"File with the key, one line. Default: {Surroundings.KeyVariable}. Not an option with the key itself: others on the machine see command lines.",
        Recursive = true,
    };

    public static Option<double?> Timeout { get; } = new("--timeout")
    {
        Description = "Seconds that an answer may take; 0.1 to 3600. Default: 30, and 900 for what the server does with many dead letters.",
        Recursive = true,
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<double?>() is < 0.1 or > 3_600 or double.NaN)
                {
                    result.AddError("--timeout is 0.1 to 3600.");
                }
            },
        },
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Answer in JSON, as the server's API does.", Recursive = true };

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync($"'{Path(parsed)} --help' tells what there is.");
            return ExitCode.Usage;
        }

        using var interrupts = new Interrupts();
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return await interrupts.RunAsync(token => parsed.InvokeAsync(configuration, token));
    }

    /// <summary>Makes a verb's action of its work: connects it, and turns what goes wrong into a sentence and an exit code.</summary>
    public static void Does(this Command command, Func<Session, CancellationToken, Task<int>> work) => command.SetAction(async (parsed, cancellationToken) =>
    {
        try
        {
            using var session = new Session(parsed);
            return await session.TryAsync(work, cancellationToken);
        }
        catch (UsageException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Interrupted. What the server had begun may have been done: look before you repeat it.");
            return ExitCode.Interrupted;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return ExitCode.Fault;
        }
    });

    public static RootCommand Root()
    {
        var root = new RootCommand("Looks at a Holdfast server and at what needs a person. It speaks the server's public HTTP API, so a script can do all of it.")
        {
            Url,
            KeyFile,
            Timeout,
            Json,
            StatusVerb.Create(),
            HealthCommand.Create(),
            Watch.WatchVerb.Create(),
            LoadVerb.Create(),
            DlqCommand.Create(),
            RetriesCommand.Create(),
            OpsCommand.Create(),
            FlagsCommand.Create(),
            CommandVerb.Create(),
            KeysCommand.Create(),
            RoomsVerb.Create(),
            BreakersCommand.Create(),
        };
        return root;
    }

    private static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (var at = parsed.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, at.Command is RootCommand ? "holdfast" : at.Command.Name);
        }

        return string.Join(' ', names);
    }

    private static Uri? ParseUrl(string text, Action<string> fault)
    {
        if (Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        fault($"'{text}' is no address of a server. One looks like {UrlDefault}.");
        return null;
    }
}
