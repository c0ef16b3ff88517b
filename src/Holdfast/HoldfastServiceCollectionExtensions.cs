using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Sources;
using Holdfast.Telemetry;
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

    /// <summary>
    /// Records the application's own meters once a second, as series under the names of their instruments: <c>RecordMeters("Shop.*")</c>. Counters
    /// and up-down counters add up from the host's start; a histogram becomes <c>.count</c>, <c>.sum</c> and <c>.bucket</c> with the label <c>le</c>.
    /// Of one instrument 2,500 sets of tags are told apart, further ones share a series with the label <c>overflow</c>. May be called again.
    /// </summary>
    /// <param name="meters">Names of meters; a <c>*</c> at the end stands for any rest. Case does not matter.</param>
    /// <exception cref="ArgumentException">A name is empty, or has a <c>*</c> that is not at its end.</exception>
    public HoldfastBuilder RecordMeters(params string[] meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        Services.AddSingleton(MeterSelection.Parse(meters));
        Services.TryAddSingleton(provider => new MeterSource(
            provider.GetServices<MeterSelection>(), provider.GetRequiredService<ILogger<MeterCollector>>()));
        Services.TryAddEnumerable(ServiceDescriptor.Singleton<ISource, MeterSource>(provider => provider.GetRequiredService<MeterSource>()));
        return this;
    }
}
