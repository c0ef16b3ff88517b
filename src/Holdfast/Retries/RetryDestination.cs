namespace Holdfast.Retries;

/// <summary>Which items depend on the same thing being up: what a breaker pauses and a budget slows down.</summary>
/// <param name="Name">Scheme, host and port where the target is a URL; otherwise the target.</param>
internal readonly record struct RetryDestination(string OperationType, string Name)
{
    public static RetryDestination Of(string operationType, string target) =>
        new(operationType, Uri.TryCreate(target, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? $"{url!.Scheme}://{url.Host}:{url.Port}" : target);

    public override string ToString() => Name.Length == 0 ? OperationType : $"{OperationType} {Name}";
}
