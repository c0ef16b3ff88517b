using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Dlq;
using Holdfast.Cli.Retries;

namespace Holdfast.Cli.Ops;

/// <summary><c>holdfast ops begin retries|letters</c></summary>
internal static class BeginVerb
{
    public static Command Create() => new("begin", "Begins an operation over everything that matches now; it goes on by itself, also without this tool and across restarts.")
    {
        Aliases = { "start" },
        Subcommands =
        {
            Over("retries", "retries", "replay, discard or cancel.", RetryFilters.Create()),
            Over("letters", "dead_letters", "replay or discard.", LetterFilters.Create()),
        },
    };

    private static Command Over(string name, string over, string kinds, FilterOptions filter)
    {
        var kind = new Argument<string>("kind") { Description = kinds };
        var all = new Option<bool>("--all") { Description = "Everything there is, without a filter." };
        var canary = new Option<bool>("--canary") { Description = "Begins with 1, then 10, then a tenth, and stops by itself when most of them fail." };
        var rate = new Option<double?>("--rate") { Description = "Items a second at most." };
        var stopAbove = new Option<double?>("--stop-above") { Description = "Share of failures, 0 to 1, above which it stops by itself. Default 0.5." };
        var watch = new Option<bool>("--watch") { Description = "Shows how far it is until it ends. Ctrl+C ends the watching, not the operation." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only says how many match; nothing is begun." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit." };
        var command = new Command(name, $"Over {name}.") { kind, all, canary, rate, stopAbove, dryRun, watch, reason };
        filter.AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            if (filter.Any(session.Arguments) == session.Arguments.GetValue(all))
            {
                throw new UsageException("Which ones? Say a filter such as --status, or --all.");
            }

            var body = new JsonObject
            {
                ["kind"] = session.Arguments.GetValue(kind),
                ["over"] = over,
                ["filter"] = filter.Body(session.Arguments),
                ["canary"] = session.Arguments.GetValue(canary),
                ["rate_per_second"] = session.Arguments.GetValue(rate),
                ["stop_above"] = session.Arguments.GetValue(stopAbove),
                ["reason"] = session.Arguments.GetValue(reason),
            };
            if (session.Arguments.GetValue(dryRun))
            {
                body["dry_run"] = true;
                var count = await session.PostAsync(OpsCommand.Path, body, cancellationToken);
                Shown.Answer(session, count, (_, _) => Console.WriteLine($"{count.GetProperty("matched").GetInt64()} match. Nothing was begun."));
                return ExitCode.Done;
            }

            var operation = await session.PostAsync(OpsCommand.Path, body, cancellationToken);
            var id = operation.GetProperty("id").GetGuid();
            if (session.Arguments.GetValue(watch))
            {
                return await WatchVerb.UntilItEndsAsync(session, id, cancellationToken);
            }

            Shown.Answer(session, operation, (_, _) => Console.WriteLine($"{id} has begun. 'holdfast ops watch {id}' shows how far it is."));
            return ExitCode.Done;
        });
        return command;
    }
}
