namespace Holdfast.Resilience;

/// <summary>The synchronous shapes: each blocks its caller until it has ended, delays included.</summary>
public static partial class ResilienceDecorators
{
    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, T> WithResilience<T>(this Func<CancellationToken, T> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.Execute(operation, cancellationToken);

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, T> WithResilience<TArgument, T>(
        this Func<TArgument, CancellationToken, T> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.Execute(token => operation(argument, token), cancellationToken);

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<T> WithResilience<T>(this Func<T> operation, NamedPipeline pipeline) => () => pipeline.Execute(_ => operation());

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<TArgument, T> WithResilience<TArgument, T>(this Func<TArgument, T> operation, NamedPipeline pipeline) =>
        argument => pipeline.Execute(_ => operation(argument));

    /// <summary>The action behind the pipeline.</summary>
    public static Action<CancellationToken> WithResilience(this Action<CancellationToken> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.Execute(operation, cancellationToken);

    /// <summary>The action behind the pipeline.</summary>
    public static Action<TArgument, CancellationToken> WithResilience<TArgument>(this Action<TArgument, CancellationToken> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.Execute(token => operation(argument, token), cancellationToken);

    /// <summary>The action behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Action WithResilience(this Action operation, NamedPipeline pipeline) => () => pipeline.Execute(_ => operation());

    /// <summary>The action behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Action<TArgument> WithResilience<TArgument>(this Action<TArgument> operation, NamedPipeline pipeline) =>
        argument => pipeline.Execute(_ => operation(argument));
}
