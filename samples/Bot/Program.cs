// A bot in two rooms of a chat. The chat is served by this program too, so that it can be cut and closed: the bot answers commands, comes
// back by itself, and what it cannot say meanwhile is refused with the reason. Exit code 0: all of that was seen.
using System.Collections.Concurrent;
using System.Text.Json;
using Bot;
using Holdfast;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;

using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
await using var chat = await Chat.OpenAsync();

// 1. Settings, as they would stand in holdfast.json. Delays are short, because a sample should be; the defaults are 2 s, doubling up to 5 minutes.
void Configure(HoldfastOptions options)
{
    options.Settings["HOLDFAST_DATA"] = "./bot-data";
    options.Settings["HOLDFAST_COMMANDS_COOLDOWN_SECONDS"] = 0;
    options.Settings["HOLDFAST_ROOMS"] = JsonSerializer.SerializeToElement(new { kitchen = Room("kitchen"), hall = Room("hall") });
}

object Room(string name) => new
{
    url = $"{chat.Address}/{name}",
    login = new { send = new { type = "login", name = "bot", password = "open sesame" }, expect = new { type = "login", ok = true } },
    user = "bot",
    message = new { type = "chat", text = "{text}" },
    private_message = new { type = "pm", to = "{to}", text = "{text}" },
    roles = new { ann = "operator" },
    reconnect_seconds = 0.05,
    reconnect_seconds_max = 0.2,
};

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Error);
builder.Services.AddSingleton<Orders>();
builder.Services.AddHoldfast(Configure).UseSqlite().AddCommand<OrderCommand>();
using var host = builder.Build();

// 2. What happens to rooms, and in them, is on the bus.
var joined = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
var bus = host.Services.GetRequiredService<IEventBus>();
using var news = bus.Subscribe("room.joined", happened => joined.AddOrUpdate(Name(happened), 1, (_, count) => count + 1));
using var losses = bus.Subscribe("room.lost", happened => Console.WriteLine($"bot: {Name(happened)} is lost"));
await host.StartAsync(patience.Token);
await UntilAsync(() => joined.ContainsKey("kitchen") && joined.ContainsKey("hall"), "the bot is in both rooms");

// 3. Commands are answered where they were asked, by whoever may.
await chat.Kitchen.SayAsync("ann", "!order soup");
var order = await HeardAsync("kitchen", chat.Kitchen);
await chat.Hall.SayAsync("bob", "!order soup");
var refusal = await HeardAsync("hall", chat.Hall);
await chat.Hall.SayAsync("bob", "!uptime");
var uptime = await HeardAsync("hall", chat.Hall);

// 4. The connection is cut, and the door of the kitchen is closed. The hall does not notice.
chat.Kitchen.IsClosed = true;
chat.Kitchen.Cut();
await UntilAsync(() => chat.Kitchen.TurnedAway >= 3, "the bot was turned away three times");
Console.WriteLine($"bot: saying it now: {await SayAsync("The bell rings.")}");
await chat.Hall.SayAsync("ann", "!order bread");
var bread = await HeardAsync("hall", chat.Hall);

// 5. The door opens, and the bot is back without anybody's doing.
chat.Kitchen.IsClosed = false;
await UntilAsync(() => joined["kitchen"] == 2, "the bot is back in the kitchen");
Console.WriteLine($"bot: saying it now: {await SayAsync("The bell rings.")}");
var bell = await HeardAsync("kitchen", chat.Kitchen);

// 6. What one of them alone is told.
await bus.RequestAsync("rooms", "room.send", new RoomMessage("kitchen", "Your soup is ready.") { To = "ann" });
var ready = await HeardAsync("kitchen", chat.Kitchen);

await host.StopAsync(patience.Token);
var isRight = order == "Order 1: soup for ann." && refusal == "To call 'order' takes the role operator." && uptime.StartsWith("Up ", StringComparison.Ordinal)
    && bread == "Order 2: bread for ann." && bell == "The bell rings." && ready == "(to ann) Your soup is ready." && joined["hall"] == 1;
Console.WriteLine(isRight ? "All of it was seen." : "Something was not as it should be.");
return isRight ? 0 : 1;

static string Name(BusEvent happened) => happened.DataAs<JsonElement>().GetProperty("room").GetString()!;

async Task<string> SayAsync(string text)
{
    try
    {
        await bus.RequestAsync("rooms", "room.send", new RoomMessage("kitchen", text), cancellationToken: patience.Token);
        return "done";
    }
    catch (RequestFailedException failed) when (failed.InnerException is RoomRefusedException refused)
    {
        return refused.Message;
    }
}

async Task<string> HeardAsync(string room, ChatRoom where)
{
    var text = await where.HearAsync(patience.Token);
    Console.WriteLine($"{room}: the bot says: {text}");
    return text;
}

async Task UntilAsync(Func<bool> isSo, string what)
{
    while (!isSo())
    {
        await Task.Delay(20, patience.Token);
    }

    Console.WriteLine(what);
}
