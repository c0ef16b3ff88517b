namespace Holdfast.Events;

/// <summary>What became of an event at once. It says nothing about what the handlers make of it.</summary>
/// <param name="Accepted">Subscribers in whose queues it waits.</param>
/// <param name="Dropped">Subscribers that do not get it: their queues were full, or they were leaving.</param>
public readonly record struct PublishResult(int Accepted, int Dropped);
