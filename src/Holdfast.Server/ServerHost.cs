using System.Text.Json;
using Holdfast.AspNetCore;
using Holdfast.BuiltIn.Sql;
using Holdfast.Flags;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Sql;
using Holdfast.Sqlite.Sql;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Holdfast.Server;

/// <summary>The server's composition: everything between settings that are read and a host that can be started.</summary>
internal static class ServerHost
{
    /// <summary>The product's settings, with what only the drivers can judge: a fault is listed with all the others.</summary>
    public static FlagSchema Schema { get; } = SettingsSchema.Product
        .WithRule(FlagNames.Postgres, value => value is "" ? null : ConnectionSettings.Judge(value))
        .WithRule(FlagNames.SqlConnections, value => SqlOptions.FaultInConnections((JsonElement)value, [new SqliteSqlDriver(), new PostgresSqlDriver()]));

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
        builder.Services.AddSingleton<ISqlDriver, PostgresSqlDriver>(); // whichever the store is
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
        kestrel.Limits.MaxConcurrentConnections = 15_000;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 15_000;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 100;

        // Whoever is slow keeps a place for as long as these allow, and no address has more than a third of the places.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1_024, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1_024, gracePeriod: TimeSpan.FromSeconds(10));
        var places = new ConnectionPlaces((int)flags.GetInt(FlagNames.LimitConnections));
        kestrel.Listen(
            System.Net.IPAddress.Parse(flags.GetString(FlagNames.Bind)), (int)flags.GetInt(FlagNames.Port), listen => listen.Use(next => connection => places.HoldAsync(connection, next)));
    }
}
