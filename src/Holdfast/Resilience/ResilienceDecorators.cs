namespace Holdfast.Resilience;

/// <summary>
/// Puts a function behind a named pipeline: the result has the same shape, so callers need not know. A synchronous function blocks its
/// caller, delays included.
/// </summary>
public static class ResilienceDecorators
{
    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, ValueTask<T>> WithResilience<T>(this Func<CancellationToken, ValueTask<T>> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(operation, cancellationToken);

    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, Task<T>> WithResilience<T>(this Func<CancellationToken, Task<T>> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(static (call, token) => new ValueTask<T>(call(token)), operation, cancellationToken).AsTask();

    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, Task> WithResilience(this Func<CancellationToken, Task> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(token => new ValueTask(operation(token)), cancellationToken).AsTask();

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, Task<T>> WithResilience<TArgument, T>(
        this Func<TArgument, CancellationToken, Task<T>> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.ExecuteAsync(
            static (call, token) => new ValueTask<T>(call.operation(call.argument, token)), (operation, argument), cancellationToken).AsTask();

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, ValueTask<T>> WithResilience<TArgument, T>(
        this Func<TArgument, CancellationToken, ValueTask<T>> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.ExecuteAsync(
            static (call, token) => call.operation(call.argument, token), (operation, argument), cancellationToken);

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<Task<T>> WithResilience<T>(this Func<Task<T>> operation, NamedPipeline pipeline) =>
        () => pipeline.ExecuteAsync(static (call, _) => new ValueTask<T>(call()), operation).AsTask();

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<Task> WithResilience(this Func<Task> operation, NamedPipeline pipeline) =>
        () => pipeline.ExecuteAsync(_ => new ValueTask(operation())).AsTask();

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<T> WithResilience<T>(this Func<T> operation, NamedPipeline pipeline) => () => pipeline.Execute(_ => operation());

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<TArgument, T> WithResilience<TArgument, T>(this Func<TArgument, T> operation, NamedPipeline pipeline) =>
        argument => pipeline.Execute(_ => operation(argument));

    /// <summary>The action behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Action WithResilience(this Action operation, NamedPipeline pipeline) => () => pipeline.Execute(_ => operation());
}
