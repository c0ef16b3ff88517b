using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Holdfast.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Holdfast.AspNetCore;

/// <summary>Adds what <c>MapHoldfast()</c> needs.</summary>
public static class HoldfastHttpServiceCollectionExtensions
{
    /// <summary>Adds Holdfast's HTTP side; may be called again.</summary>
    public static HoldfastBuilder AddHttp(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(provider => new LiveSessions(provider.GetRequiredService<LifecycleState>(), new Random().NextDouble, provider.GetRequiredService<TimeProvider>()));
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IShutdownParticipant, LiveSessions>(provider => provider.GetRequiredService<LiveSessions>()));
        builder.Services.TryAddSingleton<BodyBudget>();
        builder.Services.TryAddSingleton<BodyReader>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IShutdownParticipant, BodyReader>(provider => provider.GetRequiredService<BodyReader>()));
        builder.Services.TryAddSingleton<AccessGate>();
        builder.Services.TryAddSingleton<RequestMeter>();
        builder.Services.TryAddSingleton<HoldfastHttp>();
        return builder;
    }
}
