// A shop that keeps its record itself: Holdfast is in the application, its page and API are at /holdfast, and everybody comes through a proxy
// that serves the shop below /tools/shop. It runs until Ctrl+C. HOLDFAST_POSTGRES names a database; without it the store is a file.
using Holdfast;
using Holdfast.AspNetCore;
using Microsoft.AspNetCore.HttpOverrides;
using SelfHosted;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://127.0.0.1:{builder.Configuration["SHOP_PORT"] ?? "5080"}");

// 1. The packages: what is kept and where, the way in over HTTP, and what the shop does again when it failed.
var holdfast = builder.Services
    .AddHoldfast(o => o.Settings["HOLDFAST_DATA"] = "./shop-data")
    .AddHttp()
    .AddOpenApi()
    .AddRetryHandler<SendReceipt>();
_ = builder.Configuration["HOLDFAST_POSTGRES"] is { Length: > 0 } database ? holdfast.UsePostgres(database) : holdfast.UseSqlite();

// 2. What the proxy says of the caller is believed, because it comes from this machine. Without this everybody would be at the proxy's
//    address, and the page would look for its files beside the prefix.
builder.Services.Configure<ForwardedHeadersOptions>(o => o.ForwardedHeaders = ForwardedHeaders.All);

await using var shop = builder.Build();
shop.UseForwardedHeaders();
shop.UseWebSockets();
shop.MapPost("/orders", Orders.PlaceAsync);
shop.MapHoldfast("/holdfast");
shop.MapHoldfastOpenApi("/holdfast");
await shop.StartAsync();

// 3. The proxy. In earnest it is nginx, Caddy or YARP on a machine that the world reaches, and does TLS.
await using var door = await FrontDoor.OpenAsync(new Uri(shop.Urls.Single()), "/tools/shop", builder.Configuration["DOOR_PORT"] ?? "5081");
Console.WriteLine($"The shop is at {door.Address} and its record at {door.Address}holdfast/");
await shop.WaitForShutdownAsync();
