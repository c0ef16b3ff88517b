using System.Collections.Concurrent;
using Holdfast.Components;

namespace Holdfast.Tests.Support;

/// <summary>A component that does what a test says, and notes what was called.</summary>
internal sealed class TrialComponent(string name, ConcurrentQueue<string>? calls = null) : IComponent
{
    private readonly ConcurrentQueue<string> _calls = calls ?? [];
    private int _at;

    public string Name => name;

    public ComponentDependencies Dependencies { get; init; } = ComponentDependencies.None;

    public TimeSpan? StartTimeout { get; init; }

    public TimeSpan? StopBudget { get; init; }

    public Action<ComponentContext> Initialize { get; init; } = _ => { };

    public Func<CancellationToken, Task> Start { get; set; } = _ => Task.CompletedTask;

    public Func<CancellationToken, Task> Ready { get; set; } = _ => Task.CompletedTask;

    public Func<CancellationToken, Task> Stop { get; set; } = _ => Task.CompletedTask;

    /// <summary>There were never two calls at a time.</summary>
    public bool OneAtATime { get; private set; } = true;

    public ComponentContext Context { get; private set; } = null!;

    public async ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        Context = context;
        await CallAsync("initialize", _ =>
        {
            Initialize(context);
            return Task.CompletedTask;
        }, cancellationToken);
    }

    public async ValueTask StartAsync(CancellationToken cancellationToken) => await CallAsync("start", Start, cancellationToken);

    public async ValueTask ReadyAsync(CancellationToken cancellationToken) => await Ready(cancellationToken);

    public async ValueTask StopAsync(CancellationToken cancellationToken) => await CallAsync("stop", Stop, cancellationToken);

    private async Task CallAsync(string call, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        OneAtATime &= Interlocked.Increment(ref _at) == 1;
        _calls.Enqueue($"{call} {name}");
        try
        {
            await act(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _at);
        }
    }
}
