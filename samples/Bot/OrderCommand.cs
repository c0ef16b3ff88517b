using Holdfast.BuiltIn.Commands;

namespace Bot;

/// <summary>A command of the application's own: <c>!order soup</c>.</summary>
internal sealed class OrderCommand : ICommand
{
    private int _orders;

    public string Name => "order";

    public string Summary => "Orders a dish.";

    public string Usage => "order <dish>";

    public CommandRole Role => CommandRole.Operator;

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken) => call.Arguments is [var dish]
        ? ValueTask.FromResult(new CommandAnswer($"Order {Interlocked.Increment(ref _orders)}: {dish} for {call.Caller.Name}."))
        : throw new CommandUsageException("Which dish?");
}
