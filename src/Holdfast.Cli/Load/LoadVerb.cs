using System.CommandLine;
using Spectre.Console;

namespace Holdfast.Cli.Load;

/// <summary><c>holdfast load</c></summary>
internal static class LoadVerb
{
    private static readonly TimeSpan DrawPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AccessTimeLeast = TimeSpan.FromSeconds(30);

    private static readonly Option<double> Rate = new("--rate") { Description = "Events a second; 0: as many as the connections bear.", DefaultValueFactory = _ => 1_000 };
    private static readonly Option<double> Seconds = new("--seconds") { Description = "How long; 600 at most.", DefaultValueFactory = _ => 10 };
    private static readonly Option<int> Batch = new("--batch") { Description = "Events of one request; 1 to 5000.", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Connections = new("--connections") { Description = "Requests at one time; 1 to 256.", DefaultValueFactory = _ => 8 };
    private static readonly Option<string> Type = new("--type") { Description = "Type of the events.", DefaultValueFactory = _ => "load.test" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask." };

    public static Command Create()
    {
        var command = new Command("load", "Sends events and measures how long each request takes until it is acknowledged; what is not answered within --timeout counts as not answered. They are real events, and stay until the retention takes them.")
        {
            Rate, Seconds, Batch, Connections, Type, Yes,
        };
        Within(Rate, 0, 1_000_000);
        Within(Seconds, 0.1, 600);
        Within(Batch, 1, 5_000);
        Within(Connections, 1, 256);
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var plan = new LoadPlan(arguments.GetValue(Rate), TimeSpan.FromSeconds(arguments.GetValue(Seconds)), arguments.GetValue(Batch), arguments.GetRequiredValue(Type));
        var isOwn = arguments.GetRequiredValue(CommandLine.Url)!.IsLoopback;
        if (!await session.IsAgreedAsync(isOwn || arguments.GetValue(Yes), $"This stores events at {arguments.GetRequiredValue(CommandLine.Url)}. Send them?", cancellationToken))
        {
            return ExitCode.NotAll;
        }

        // Before a load a server that is not there, or refuses the key, is told from one that cannot bear it.
        await session.GetAsync("api/access", session.Patience > AccessTimeLeast ? session.Patience : AccessTimeLeast, cancellationToken);
        var run = new LoadRun(session, plan, session.Patience);
        var report = await WithProgressAsync(session, run, run.RunAsync(arguments.GetValue(Connections), cancellationToken));
        Show(session, report);
        return report.IsWhole ? ExitCode.Done : ExitCode.NotAll;
    }

    private static async Task<LoadReport> WithProgressAsync(Session session, LoadRun run, Task<LoadReport> done)
    {
        if (Console.IsErrorRedirected)
        {
            return await done;
        }

        await session.Error.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask("Sending", maxValue: 1);
            while (await Task.WhenAny(done, Task.Delay(DrawPeriod)) != done)
            {
                bar.Value = run.Share;
            }
        });
        return await done;
    }

    private static void Show(Session session, LoadReport report)
    {
        if (session.AsJson)
        {
            Console.Out.WriteLine(report.ToJson().ToJsonString());
            return;
        }

        Console.Out.WriteLine(FormattableString.Invariant($"{report.Acknowledged} events acknowledged in {report.Elapsed.TotalSeconds:F1} s: {report.EventsPerSecond:F0} a second."));
        Console.Out.WriteLine(FormattableString.Invariant($"A request took {report.Percentile(0.5)} ms (p50), {report.Percentile(0.95)} ms (p95), {report.Percentile(0.99)} ms (p99), {report.Percentile(1)} ms at most."));
        if (!report.IsWhole)
        {
            Console.Out.WriteLine($"{report.Failed} events were refused or not answered, {report.NotSent} were not sent in time.");
        }

        foreach (var (error, requests) in report.Errors)
        {
            Console.Out.WriteLine($"  {(error == "timeout" ? $"no answer within {session.Patience.TotalSeconds} s" : error)}: {requests} requests");
        }
    }

    private static void Within<T>(Option<T> option, T least, T most)
        where T : IComparable<T> => option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() is { } value && (value.CompareTo(least) < 0 || value.CompareTo(most) > 0))
            {
                result.AddError(FormattableString.Invariant($"{option.Name} is {least} to {most}."));
            }
        });
}
