namespace Holdfast;

/// <summary>How an application uses Holdfast. Everything else is a setting (see <see cref="Settings"/>).</summary>
public sealed class HoldfastOptions
{
    /// <summary>
    /// Settings by their names, as the application's own defaults: environment variables, <c>holdfast.json</c> and run-time changes win
    /// over them. <c>Settings["HOLDFAST_DATA"] = "/var/lib/shop/holdfast"</c>.
    /// </summary>
    public IDictionary<string, object> Settings { get; } = new Dictionary<string, object>(StringComparer.Ordinal);

    /// <summary>Whether the environment and <c>.env</c> are read. Default: true; tests switch it off.</summary>
    public bool ReadEnvironment { get; set; } = true;
}
