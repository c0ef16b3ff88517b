namespace Holdfast.Resilience;

/// <summary>
/// Puts a function behind a named pipeline: the result has the same shape, so callers need not know. Each asynchronous shape has an
/// overload of its own, with and without an argument and a token: as a function that returns "anything" it would be taken for a synchronous
/// one, and one that takes "anything" would take the token for its argument.
/// </summary>
public static partial class ResilienceDecorators
{
    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, ValueTask<T>> WithResilience<T>(this Func<CancellationToken, ValueTask<T>> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(operation, cancellationToken);

    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, ValueTask> WithResilience(this Func<CancellationToken, ValueTask> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(operation, cancellationToken);

    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, Task<T>> WithResilience<T>(this Func<CancellationToken, Task<T>> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(static (call, token) => new ValueTask<T>(call(token)), operation, cancellationToken).AsTask();

    /// <summary>The function behind the pipeline.</summary>
    public static Func<CancellationToken, Task> WithResilience(this Func<CancellationToken, Task> operation, NamedPipeline pipeline) =>
        cancellationToken => pipeline.ExecuteAsync(token => new ValueTask(operation(token)), cancellationToken).AsTask();

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, ValueTask<T>> WithResilience<TArgument, T>(
        this Func<TArgument, CancellationToken, ValueTask<T>> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.ExecuteAsync(
            static (call, token) => call.operation(call.argument, token), (operation, argument), cancellationToken);

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, ValueTask> WithResilience<TArgument>(
        this Func<TArgument, CancellationToken, ValueTask> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.ExecuteAsync(token => operation(argument, token), cancellationToken);

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, Task<T>> WithResilience<TArgument, T>(
        this Func<TArgument, CancellationToken, Task<T>> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.ExecuteAsync(
            static (call, token) => new ValueTask<T>(call.operation(call.argument, token)), (operation, argument), cancellationToken).AsTask();

    /// <summary>The function behind the pipeline.</summary>
    public static Func<TArgument, CancellationToken, Task> WithResilience<TArgument>(
        this Func<TArgument, CancellationToken, Task> operation, NamedPipeline pipeline) =>
        (argument, cancellationToken) => pipeline.ExecuteAsync(token => new ValueTask(operation(argument, token)), cancellationToken).AsTask();

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<ValueTask<T>> WithResilience<T>(this Func<ValueTask<T>> operation, NamedPipeline pipeline) =>
        () => pipeline.ExecuteAsync(static (call, _) => call(), operation);

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<ValueTask> WithResilience(this Func<ValueTask> operation, NamedPipeline pipeline) =>
        () => pipeline.ExecuteAsync(_ => operation());

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<Task<T>> WithResilience<T>(this Func<Task<T>> operation, NamedPipeline pipeline) =>
        () => pipeline.ExecuteAsync(static (call, _) => new ValueTask<T>(call()), operation).AsTask();

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<Task> WithResilience(this Func<Task> operation, NamedPipeline pipeline) =>
        () => pipeline.ExecuteAsync(_ => new ValueTask(operation())).AsTask();

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<TArgument, ValueTask<T>> WithResilience<TArgument, T>(this Func<TArgument, ValueTask<T>> operation, NamedPipeline pipeline) =>
        argument => pipeline.ExecuteAsync(static (call, _) => call.operation(call.argument), (operation, argument));

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<TArgument, ValueTask> WithResilience<TArgument>(this Func<TArgument, ValueTask> operation, NamedPipeline pipeline) =>
        argument => pipeline.ExecuteAsync(_ => operation(argument));

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<TArgument, Task<T>> WithResilience<TArgument, T>(this Func<TArgument, Task<T>> operation, NamedPipeline pipeline) =>
        argument => pipeline.ExecuteAsync(static (call, _) => new ValueTask<T>(call.operation(call.argument)), (operation, argument)).AsTask();

    /// <summary>The function behind the pipeline. It has no token, so its attempts cannot be cut short.</summary>
    public static Func<TArgument, Task> WithResilience<TArgument>(this Func<TArgument, Task> operation, NamedPipeline pipeline) =>
        argument => pipeline.ExecuteAsync(_ => new ValueTask(operation(argument))).AsTask();
}
