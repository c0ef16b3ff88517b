// The code of docs/recipes/sql.md and docs/recipes/retries.md at work: a statement over the bus, and an operation that is done at its second attempt.
// Exit code 0: both was seen.
using System.Text.Json;
using Holdfast;
using Holdfast.BuiltIn.Sql;
using Holdfast.Events;
using Holdfast.Retries;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recipes;

using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
var bank = new BusyBank();
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Error);
builder.Services.AddSingleton<IBank>(bank);
builder.Services.AddHoldfast(Configure).UseSqlite().AddRetryHandler<ChargeCard>();
using var host = builder.Build();
await host.StartAsync(patience.Token);
var bus = host.Services.GetRequiredService<IEventBus>();
var retries = host.Services.GetRequiredService<IRetryQueue>();

// 1. SQL. The caller gets the number of rows, or the fault.
await bus.RequestAsync<SqlChanges>("sql", "sql.exec", new SqlRequest("shop", "CREATE TABLE IF NOT EXISTS orders (id bigint, place text)"), cancellationToken: patience.Token);
var changed = await bus.RequestAsync<SqlChanges>("sql", "sql.exec",
    new SqlRequest("shop", "INSERT INTO orders (id, place) VALUES ($1, $2)") { Parameters = [17, "hall"], CorrelationId = "order-17" });
Console.WriteLine($"rows: {changed.RowsAffected}");

// 2. A charge that the bank is too busy for at first. Nobody waits for it here; it comes back by itself.
await retries.EnqueueAsync(
    new RetryDraft { OperationType = "charge_card", Payload = JsonSerializer.SerializeToElement(new { order = 17, cents = 4200 }), IdempotencyKey = "order-17" }, patience.Token);
var charges = await bank.Done.WaitAsync(patience.Token);
Console.WriteLine($"charged at attempt {charges}");

await host.StopAsync(patience.Token);
return changed.RowsAffected == 1 && charges == 2 ? 0 : 1;

// As holdfast.json would say it. The delay is short, because a sample should be.
static void Configure(HoldfastOptions options)
{
    options.Settings["HOLDFAST_DATA"] = "./recipes-data";
    options.Settings["HOLDFAST_SQL_ENABLED"] = true;
    options.Settings["HOLDFAST_SQL_CONNECTIONS"] = JsonSerializer.SerializeToElement(new { shop = "Data Source=shop.db" });
    options.Settings["HOLDFAST_RETRY_RETRY_POLICIES"] = JsonSerializer.SerializeToElement(new { charge_card = new { initial_delay_seconds = 0.05 } });
}
