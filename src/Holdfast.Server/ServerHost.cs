using Holdfast.AspNetCore;
using Holdfast.Flags;
using Holdfast.Postgres.Database;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Holdfast.Server;

/// <summary>The server's composition: everything between settings that are read and a host that can be started.</summary>
internal static class ServerHost
{
    /// <summary>The product's settings, with what only the drivers can judge: a fault is listed with all the others.</summary>
    public static FlagSchema Schema { get; } = FlagSchema.Product.WithRule(
        FlagNames.Postgres, value => value is "" ? null : ConnectionSettings.Judge(value));

    /// <summary>Composes the host; nothing runs and nothing is touched before it is started.</summary>
    /// <param name="flags">The settings.</param>
    /// <param name="more">Services of the caller's own: what is added here wins over the product's. Default: none.</param>
    public static WebApplication Build(FlagManager flags, Action<IServiceCollection>? more = null)
    {
        // Empty: the other builders read appsettings.json and the environment besides, where Kestrel:Endpoints would make it listen on any
        // address there is, and watch the whole working directory for changes, the spool's and the store's every write among them.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ServerLogging.Configure(builder.Logging, flags);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, flags));
        builder.Services.AddRouting();
        builder.Services.AddSingleton(flags);
        UseStore(builder.Services.AddHoldfast(), flags).AddHttp().AddOpenApi();

        // Counted from the same moment as the phases: a connection that does not end by itself is broken off when the budget is used up.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Settings.Lifecycle(flags).ShutdownBudget);
        more?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseWebSockets();
        app.UseHoldfastProblems();
        app.MapHoldfast(flags.GetString(FlagNames.BasePath));
        app.MapHoldfastOpenApi(flags.GetString(FlagNames.BasePath));
        app.Lifetime.ApplicationStarted.Register(() => ServerLogging.Listening(app, flags));
        ServiceManager.Follow(app);
        return app;
    }

    private static HoldfastBuilder UseStore(HoldfastBuilder holdfast, FlagManager flags) =>
        flags.GetString(FlagNames.Postgres) is { Length: > 0 } connectionString ? holdfast.UsePostgres(connectionString) : holdfast.UseSqlite();

    private static void Listen(KestrelServerOptions kestrel, FlagManager flags)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 10_000;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 10_000;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Listen(System.Net.IPAddress.Parse(flags.GetString(FlagNames.Bind)), (int)flags.GetInt(FlagNames.Port));
    }
}
