using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>Adds Holdfast to an application.</summary>
public static class HoldfastServiceCollectionExtensions
{
    /// <summary>
    /// Adds the durable intake, the spool and the flusher; they start and stop with the host. A storage has to be chosen:
    /// <c>services.AddHoldfast().UseSqlite()</c>. May be called again; later options add to earlier ones.
    /// </summary>
    public static HoldfastBuilder AddHoldfast(this IServiceCollection services, Action<HoldfastOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.AddSingleton(new Configuration(configure));
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LifecycleState>();
        services.TryAddSingleton(LoadFlags);
        services.TryAddSingleton<HoldfastNode>();
        services.TryAddSingleton<IEventIntake>(provider => new NodeIntake(provider.GetRequiredService<HoldfastNode>()));
        services.TryAddSingleton<IHoldfastLedger>(provider => new NodeLedger(provider.GetRequiredService<HoldfastNode>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HoldfastNode>(provider => provider.GetRequiredService<HoldfastNode>()));
        return new HoldfastBuilder(services);
    }

    private static FlagManager LoadFlags(IServiceProvider provider)
    {
        var options = new HoldfastOptions();
        foreach (var configuration in provider.GetServices<Configuration>())
        {
            configuration.Apply(options);
        }

        var sources = options.ReadEnvironment ? FlagSources.OfProcess() : new FlagSources { Variables = new Dictionary<string, string>(StringComparer.Ordinal) };
        var flags = FlagManager.Load(FlagSchema.Product, sources with { CodeDefaults = new Dictionary<string, object>(options.Settings, StringComparer.Ordinal) });
        flags.LogTo(provider.GetRequiredService<ILogger<FlagManager>>());
        return flags;
    }

    private sealed record Configuration(Action<HoldfastOptions> Apply);
}

/// <summary>Where the parts of Holdfast are chosen: <c>.UseSqlite()</c>.</summary>
public sealed class HoldfastBuilder
{
    internal HoldfastBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services that are being built.</summary>
    public IServiceCollection Services { get; }
}
