using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags rollout</c>: begin, pause, resume, rollback, and how it goes.</summary>
internal static class RolloutVerb
{
    public static Command Create() => new("rollout", "Raises a variant's share in steps, each as long as its guards allow.")
    {
        Begin(),
        Show(),
        Steer("pause", "Leaves a rollout at its step; its guards hold all the same."),
        Steer("resume", "Lets a paused rollout go on; its step begins anew."),
        Steer("rollback", "Ends a rollout and gives the variant the share it had before."),
    };

    private static Command Begin()
    {
        var name = FlagsCommand.Name();
        var variant = new Option<string>("--variant") { Description = "The variant whose share grows.", DefaultValueFactory = _ => "on" };
        var steps = new Option<string>("--steps") { Description = "Percentages with commas.", DefaultValueFactory = _ => "1,5,25,50,100" };
        var soak = new Option<int>("--soak") { Description = "Seconds that a step lasts at least.", DefaultValueFactory = _ => 600 };
        var samples = new Option<int>("--samples") { Description = "Requests of the variant below which nothing is concluded; 0: steps go by time alone.", DefaultValueFactory = _ => 100 };
        var reason = FlagsCommand.Reason();
        var command = new Command("begin", "Begins a rollout at its first step.") { name, variant, steps, soak, samples, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var arguments = session.Arguments;
            var body = FlagsCommand.BodyOf(arguments.GetValue(reason));
            body["variant"] = arguments.GetValue(variant);
            body["steps"] = new JsonArray([.. ReadSteps(arguments.GetValue(steps)!)]);
            body["soak_seconds"] = arguments.GetValue(soak);
            body["guards"] = new JsonObject { ["samples_min"] = arguments.GetValue(samples) };
            Shown.Answer(session, await session.PostAsync($"{FlagsCommand.PathOf(arguments.GetRequiredValue(name))}/rollout", body, cancellationToken), (_, flag) => Write(flag));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var name = FlagsCommand.Name();
        var command = new Command("show", "Says where a rollout is, and why.") { name };
        command.Does(async (session, cancellationToken) =>
        {
            Shown.Answer(session, await session.GetAsync(FlagsCommand.PathOf(session.Arguments.GetRequiredValue(name)), cancellationToken), (_, flag) => Write(flag));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Steer(string verb, string description)
    {
        var name = FlagsCommand.Name();
        var reason = FlagsCommand.Reason();
        var command = new Command(verb, description) { name, reason };
        command.Does(async (session, cancellationToken) =>
        {
            var path = $"{FlagsCommand.PathOf(session.Arguments.GetRequiredValue(name))}/rollout/{verb}";
            Shown.Answer(session, await session.PostAsync(path, FlagsCommand.BodyOf(session.Arguments.GetValue(reason)), cancellationToken), (_, flag) => Write(flag));
            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<JsonNode> ReadSteps(string text)
    {
        foreach (var step in text.Split(',', StringSplitOptions.TrimEntries))
        {
            yield return decimal.TryParse(step, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
                ? percent
                : throw new UsageException($"'{step}' is no percentage. Steps look like 1,5,25,50,100.");
        }
    }

    private static void Write(JsonElement flag)
    {
        if (!flag.TryGetProperty("rollout", out var rollout))
        {
            Console.WriteLine($"{flag.GetProperty("name").GetString()} has no rollout.");
            return;
        }

        var steps = string.Join(", ", rollout.GetProperty("steps").EnumerateArray());
        Console.WriteLine($"{flag.GetProperty("name").GetString()}: {rollout.GetProperty("variant").GetString()} at {rollout.GetProperty("percent")} % (of {steps}), {rollout.GetProperty("status").GetString()}.");
        Console.WriteLine($"  {Shown.Printable(rollout.GetProperty("because").GetString()!)}");
        if (flag.TryGetProperty("rollout_waits", out var waits) && waits.GetString() is { } why)
        {
            Console.WriteLine($"  {Shown.Printable(why)}");
        }
    }
}
