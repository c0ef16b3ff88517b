// Holdfast inside a program of your own: no server, no ASP.NET. Events are on disk when RecordAsync completes; the ledger proves at the
// end that each of them is accounted for. Exit code 0: it balances.
using System.Text.Json.Nodes;
using Holdfast;
using Holdfast.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services
    .AddHoldfast(o => o.Settings["HOLDFAST_DATA"] = "./embedded-data")
    .UseSqlite();

using var host = builder.Build();
await host.StartAsync();

var intake = host.Services.GetRequiredService<IEventIntake>();
for (var order = 1; order <= 100; order++)
{
    await intake.RecordAsync(new MonitoringEvent
    {
        EventType = order % 10 == 0 ? "order.failed" : "order.placed",
        Source = "shop",
        Data = new JsonObject { ["order"] = order },
    });
}

// An event that breaks a rule is refused with every fault; nothing of it is recorded.
try
{
    await intake.RecordAsync(new MonitoringEvent { EventType = "", Data = new JsonObject { ["order"] = 101 } });
    return 1;
}
catch (EventRejectedException rejected)
{
    Console.WriteLine(rejected.Message);
}

var ledger = await host.Services.GetRequiredService<IHoldfastLedger>().SampleAsync();
await host.StopAsync();

Console.WriteLine($"received {ledger.Events.Received} = stored {ledger.Events.Stored} + waiting {ledger.Events.Spooled}, error {ledger.Error}");
return ledger.Error == 0 && ledger.Events.Received >= 100 ? 0 : 1;
