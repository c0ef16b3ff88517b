using Holdfast.Pipeline;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Commands;

/// <summary><c>retry</c>: the queue in numbers, one item of it, and what an operator does to one. Changes are audited.</summary>
internal sealed class RetryQueueCommand(IRetryStore store, RetryDesk desk) : ICommand
{
    public string Name => "retry";

    public string Summary => "The queue of failed operations.";

    public string Usage => "retry [stats] | retry show|requeue|cancel <id>";

    public CommandRole Role => CommandRole.Operator;

    public async ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken)
    {
        try
        {
            return new CommandAnswer(await AnswerAsync(call, cancellationToken));
        }
        catch (StoreUnavailableException fault)
        {
            return new CommandAnswer($"The store is unavailable ({fault.Reason}). {StoreFaults.AdviceFor(fault.Code)}");
        }
    }

    private async Task<string> AnswerAsync(CommandCall call, CancellationToken cancellationToken) => call.Arguments switch
    {
        [] or ["stats"] => Table(await store.CountAsync(cancellationToken)),
        ["show", var id] => Describe(await store.GetAsync(Id(id), cancellationToken)),
        ["requeue", var id] => Tell("requeued", await desk.RequeueAsync(Id(id), Act(call), cancellationToken)),
        ["cancel", var id] => Tell("cancelled", await desk.CancelAsync(Id(id), Act(call), cancellationToken)),
        _ => throw new CommandUsageException("That is nothing it can do."),
    };

    private static Act Act(CommandCall call) => new(call.Caller.Actor, $"by the command retry ({call.Caller.Via})");

    private static Guid Id(string text) => Guid.TryParse(text, out var id) ? id : throw new CommandUsageException("The id of an item is wanted.");

    private static string Table(IReadOnlyList<RetryCount> counts) => counts.Count == 0
        ? "The queue is empty."
        : string.Join('\n', counts.Select(count => $"{count.OperationType} {RetryJson.NameOf(count.Status)}: {count.Items}"));

    private static string Describe(RetryItem? item) => item is null
        ? "There is no such item."
        : $"{item.Id} {item.What.OperationType} {item.What.Target}: {RetryJson.NameOf(item.Status)}, attempt {item.Attempt} of {item.What.MaxRetries}"
            + (item.LastFailure is { } failure ? $"; {failure.Message.Split('\n')[0]}" : "");

    private static string Tell(string done, RetryChange change) => change switch
    {
        { Result: RetryChangeResult.Done } => $"It is {done}.",
        { Result: RetryChangeResult.NotFound } => "There is no such item.",
        { Result: RetryChangeResult.Duplicate } => "Another item with its correlation id is unfinished.",
        { Item: { } item } => $"It cannot be {done}: it is {RetryJson.NameOf(item.Status)}.",
        _ => $"It could not be {done}.",
    };
}
