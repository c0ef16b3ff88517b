namespace Holdfast.Lifecycle;

/// <summary>A background loop. It has an owner (<see cref="LoopHost"/>), a name, and ends only when it is told to.</summary>
internal interface ILoop
{
    /// <summary>Name for the log: <c>flusher</c>.</summary>
    string Name { get; }

    /// <summary>Runs until cancelled. An exception that leaves it is logged, and the loop is started again after a delay.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
