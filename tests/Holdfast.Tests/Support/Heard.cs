using System.Threading.Channels;
using Holdfast.Events;

namespace Holdfast.Tests.Support;

/// <summary>A handler that keeps what it gets, and can be held at an event.</summary>
internal sealed class Heard
{
    private readonly Channel<BusEvent> _begun = Channel.CreateUnbounded<BusEvent>();
    private readonly Channel<BusEvent> _handled = Channel.CreateUnbounded<BusEvent>();
    private volatile TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Heard() => Release();

    /// <summary>What the handler does with an event; nothing at first.</summary>
    public Action<BusEvent> Act { get; set; } = _ => { };

    public async ValueTask HandleAsync(BusEvent item, CancellationToken cancellationToken)
    {
        _begun.Writer.TryWrite(item);
        await _gate.Task.WaitAsync(cancellationToken);
        try
        {
            Act(item);
        }
        finally
        {
            _handled.Writer.TryWrite(item);
        }
    }

    /// <summary>From now on the handler stays at its event.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _gate.TrySetResult();

    /// <summary>The next event that the handler has begun with.</summary>
    public ValueTask<BusEvent> BegunAsync() => _begun.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>The next event that the handler has done with.</summary>
    public ValueTask<BusEvent> NextAsync() => _handled.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public async Task<string[]> TypesAsync(int count)
    {
        var types = new string[count];
        for (var i = 0; i < count; i++)
        {
            types[i] = (await NextAsync()).Type;
        }

        return types;
    }

    /// <summary>What is there now and nobody has asked for.</summary>
    public List<BusEvent> Rest()
    {
        var rest = new List<BusEvent>();
        while (_handled.Reader.TryRead(out var item))
        {
            rest.Add(item);
        }

        return rest;
    }
}
