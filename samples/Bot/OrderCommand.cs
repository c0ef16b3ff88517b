using System.Collections.Concurrent;
using Holdfast.BuiltIn.Commands;

namespace Bot;

/// <summary>What has been ordered, by number.</summary>
internal sealed class Orders
{
    private readonly ConcurrentDictionary<int, string> _dishes = new();
    private int _last;

    public ValueTask<int> PlaceAsync(string dish, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var number = Interlocked.Increment(ref _last);
        _dishes[number] = dish;
        return ValueTask.FromResult(number);
    }
}

/// <summary>A command of the application's own: <c>!order soup</c>.</summary>
internal sealed class OrderCommand(Orders orders) : ICommand
{
    public string Name => "order";

    public string Summary => "Orders a dish.";

    public string Usage => "order <dish>";

    public CommandRole Role => CommandRole.Operator;

    public async ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken)
    {
        if (call.Arguments is not [var dish])
        {
            throw new CommandUsageException("Which dish?");
        }

        return new CommandAnswer($"Order {await orders.PlaceAsync(dish, cancellationToken)}: {dish} for {call.Caller.Name}.");
    }
}
