using Holdfast.Components;
using Holdfast.Events;
using Microsoft.Extensions.Logging;

namespace Holdfast.BuiltIn.Commands;

/// <summary>Executes commands for whoever asks on the bus, whatever the way in.</summary>
internal sealed class CommandsComponent(
    CommandRegistry registry, Func<CommandOptions> options, CommandMetrics metrics, TimeProvider time, ILogger<CommandsComponent> logger) : IComponent
{
    public const string ComponentName = "commands";

    // People wait for these; more than that at a time is no conversation.
    private static readonly SubscriptionOptions Listening = new() { QueueCapacity = 100, Concurrency = 16 };

    private readonly Cooldowns _cooldowns = new(time);
    private CommandNews? _news;

    public string Name => ComponentName;

    public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        _news = new CommandNews(context.Bus);
        context.Bus.Respond(CommandRequest.RequestType, AnswerAsync, Listening);
        return ValueTask.CompletedTask;
    }

    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, why) in registry.Faults)
        {
            logger.CommandNotRegistered(name, why);
            _news!.Failed(name, CommandNews.Registration, why);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private async ValueTask<object?> AnswerAsync(BusEvent asked, CancellationToken cancellationToken)
    {
        var request = asked.DataAs<CommandRequest>();
        var command = registry.Find(request.Command);
        var reply = Judge(request, command) ?? await ExecuteAsync(command!, request, asked.CorrelationId, cancellationToken);
        if (reply is CommandReply.Refused refused)
        {
            _news!.Refused(request, refused, asked.CorrelationId);
        }

        metrics.Called(command?.Name, OutcomeOf(reply));
        return reply;
    }

    private CommandReply.Refused? Judge(CommandRequest request, ICommand? command)
    {
        var now = options();
        if (CommandRules.Judge(request, command, now, time.GetUtcNow()) is { } refused)
        {
            return refused;
        }

        var wait = _cooldowns.Take(request.Caller, command!.Name, now.Cooldown);
        return wait == TimeSpan.Zero
            ? null
            : new CommandReply.Refused(CommandRefusal.Cooldown, $"'{command.Name}' can be called again in {Math.Ceiling(wait.TotalSeconds)} s.", wait);
    }

    private async ValueTask<CommandReply> ExecuteAsync(ICommand command, CommandRequest request, Guid? correlation, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await command.ExecuteAsync(new CommandCall(request.Arguments, request.Caller), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            return new CommandReply.Answered(new CommandAnswer(Cut(answer.Text)));
        }
        catch (CommandUsageException wrong)
        {
            return new CommandReply.Refused(CommandRefusal.Usage, $"{wrong.Message} Usage: {command.Usage}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            metrics.Called(command.Name, "undelivered");
            logger.CommandNotDelivered(command.Name, request.Caller.Name, request.Caller.Via);
            _news!.Failed(command.Name, CommandNews.Delivery, "Nobody waited for the answer any more.", request.Caller, correlation);
            throw;
        }
        catch (Exception fault)
        {
            logger.CommandFailed(fault, command.Name, request.Caller.Name, request.Caller.Via);
            _news!.Failed(command.Name, CommandNews.Execution, fault.Message, request.Caller, correlation);
            return new CommandReply.Failed();
        }
    }

    private static string OutcomeOf(CommandReply reply) => reply switch
    {
        CommandReply.Answered => "answered",
        CommandReply.Refused refused => CommandNews.NameOf(refused.Refusal),
        _ => "failed",
    };

    private static string Cut(string text) =>
        text.Length <= CommandLimits.AnswerCharsMax ? text : string.Concat(text.AsSpan(0, CommandLimits.AnswerCharsMax - 1), "…");
}
