using Holdfast.BuiltIn.Commands;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Health;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Retries;
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
        services.TryAddSingleton<AnswerCounts>();
        services.TryAddSingleton(LoadFlags);
        services.TryAddSingleton<ApplicationParts>();
        services.TryAddSingleton<HoldfastNode>();
        services.TryAddSingleton(MakeBus);
        services.TryAddSingleton<IEventBus>(provider => provider.GetRequiredService<EventBus>());
        services.TryAddSingleton<IEventIntake>(provider => new NodeIntake(provider.GetRequiredService<HoldfastNode>(), provider.GetRequiredService<AnswerCounts>()));
        services.TryAddSingleton<IRetryQueue>(provider => new NodeRetryQueue(provider.GetRequiredService<HoldfastNode>()));
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
        var flags = FlagManager.Load(SettingsSchema.Product, sources with { CodeDefaults = new Dictionary<string, object>(options.Settings, StringComparer.Ordinal) });
        flags.LogTo(provider.GetRequiredService<ILogger<FlagManager>>());
        return flags;
    }

    private static EventBus MakeBus(IServiceProvider provider) => new(
        provider.GetRequiredService<HoldfastNode>(), options: null, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<EventBus>>());

    private sealed record Configuration(Action<HoldfastOptions> Apply);
}

/// <summary>Where the parts of Holdfast are chosen: <c>.UseSqlite()</c>.</summary>
public sealed class HoldfastBuilder
{
    internal HoldfastBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services that are being built.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Executes retries of one operation type with a handler of the application's. It is one object for the life of the host, and is called
    /// for many items at one time. Of two for one type the later counts, also over one that is built in.
    /// </summary>
    /// <typeparam name="T">The handler; its dependencies are injected.</typeparam>
    public HoldfastBuilder AddRetryHandler<T>()
        where T : class, IRetryHandler
    {
        Services.AddSingleton<IRetryHandler, T>();
        return this;
    }

    /// <summary>
    /// Hosts a component of the application's: a part with a life of its own, that is started after those it depends on, isolated and tried
    /// again when it fails, and stopped before them. It shows in <c>GET /api/components</c>, in health and in metrics, and may be left out by
    /// its name (<c>HOLDFAST_COMPONENTS_DISABLED</c>).
    /// </summary>
    /// <typeparam name="T">The component; its dependencies are injected.</typeparam>
    public HoldfastBuilder AddComponent<T>()
        where T : class, IComponent
    {
        Services.AddSingleton<IComponent, T>();
        return this;
    }

    /// <summary>
    /// Adds a command of the application's, which people call by a line: over <c>POST /api/commands</c>, or with <c>holdfast command</c>. One
    /// whose name is taken, or is no name, is left out with a warning.
    /// </summary>
    /// <typeparam name="T">The command; its dependencies are injected.</typeparam>
    public HoldfastBuilder AddCommand<T>()
        where T : class, ICommand
    {
        Services.AddSingleton<ICommand, T>();
        return this;
    }

    /// <summary>
    /// Adds something that recovery rules can do, by its name (<c>HOLDFAST_HEALTH_RULES</c>). Of two with one name the later counts, also over one
    /// that is built in.
    /// </summary>
    /// <typeparam name="T">The action; its dependencies are injected.</typeparam>
    public HoldfastBuilder AddRecoveryAction<T>()
        where T : class, IRecoveryAction
    {
        Services.AddSingleton<IRecoveryAction, T>();
        return this;
    }

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
