namespace Holdfast.Events;

/// <summary>How much the handlers of one subscriber have handled. It outlives its subscriptions. Safe for concurrent use.</summary>
internal sealed class HandledCount
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add() => Interlocked.Increment(ref _value);
}
