using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Components;

/// <summary>Components in a running server: seen, isolated, left out, stopped.</summary>
public sealed class ComponentsTests
{
    [Fact]
    public async Task A_component_of_the_application_is_started_and_shown()
    {
        await using var server = await TestServer.StartAsync(services: services => services
            .AddSingleton<IComponent>(new Part("shop") { Dependencies = ComponentDependencies.On("tills") })
            .AddSingleton<IComponent>(new Part("tills")));

        var shop = await ComponentAsync(server, "shop", "ready");

        shop.GetProperty("dependencies").GetProperty("hard").EnumerateArray().Select(name => name.GetString()).ShouldBe(["tills"]);
        shop.GetProperty("last_error").ValueKind.ShouldBe(JsonValueKind.Null);
        (await ComponentAsync(server, "tills", "ready")).GetProperty("retries").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task One_that_cannot_start_is_isolated_shown_in_health_and_heals()
    {
        var broken = new Part("broken") { StartFault = new InvalidOperationException("The key is hunter2.") };
        await using var server = await TestServer.StartAsync(services: services => services
            .AddSingleton<IComponent>(broken)
            .AddSingleton<IComponent>(new Part("other")));

        var failed = await ComponentAsync(server, "broken", "failed");
        var health = await server.GetAsync("/health");
        broken.StartFault = null;
        var healed = await ComponentAsync(server, "broken", "ready");

        failed.GetProperty("last_error").GetString().ShouldBe("The key is hunter2.");
        health.Status.ShouldBe(200);
        health.Json.GetProperty("status").GetString().ShouldBe("warn");
        health.Json.GetProperty("problems").EnumerateArray().ShouldContain(problem => problem.GetString()!.StartsWith("Component 'broken' has failed"));
        health.Body.ShouldNotContain("hunter2", Case.Sensitive, "Health is for everybody.");
        healed.GetProperty("retries").GetInt32().ShouldBePositive();
        await ComponentAsync(server, "other", "ready");
        server.Errors.Take().ShouldAllBe(error => error.Contains("broken"));
    }

    [Fact]
    public async Task What_is_disabled_is_not_there()
    {
        var settings = new Dictionary<string, object> { [FlagNames.ComponentsDisabled] = "shop" };

        await using var server = await TestServer.StartAsync(settings: settings, services: services => services
            .AddSingleton<IComponent>(new Part("shop"))
            .AddSingleton<IComponent>(new Part("tills")));

        await ComponentAsync(server, "tills", "ready");
        Find(await server.GetAsync("/api/components"), "shop").ShouldBeNull();
    }

    [Fact]
    public async Task A_component_may_want_what_the_node_has()
    {
        await using var server = await TestServer.StartAsync(services: services => services.AddSingleton<IComponent, Wanting>());

        await ComponentAsync(server, "wanting", "ready");

        server.Services.GetRequiredService<IEventBus>().Publish("order.placed", "one").Accepted.ShouldBe(1);
        (await server.StoredAsync("event_type=order.seen", 1)).Count.ShouldBe(1);
        (await ComponentAsync(server, "wanting", "ready")).GetProperty("events_handled").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Components_are_stopped_when_nobody_publishes_any_more_and_what_they_record_then_is_kept()
    {
        using var data = new DataDirectory();
        await using (var server = await TestServer.StartAsync(data, services: services => services.AddSingleton<IComponent, Wanting>()))
        {
            await ComponentAsync(server, "wanting", "ready");
        }

        await using var again = await TestServer.StartAsync(data);
        (await again.StoredAsync("event_type=order.closed", 1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_server_waits_neither_for_a_silent_database_nor_for_a_component_that_hangs()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var settings = new Dictionary<string, object>
        {
            [FlagNames.Postgres] = $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=holdfast;Database=holdfast",
            [FlagNames.ComponentsStartTimeoutSeconds] = 600,
        };
        var began = Stopwatch.GetTimestamp();

        await using var server = await TestServer.StartAsync(settings: settings, services: services => services.AddSingleton<IComponent>(new Part("hanging") { Hangs = true }));

        // Two seconds are promised, on a machine that has them; what would be waited for by mistake takes minutes.
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        (await server.GetAsync("/health/ready")).Status.ShouldBe(200);
        (await server.PostAsync(SomeEvents.Many("order.placed", 1, 3))).Status.ShouldBe(202);
        server.Errors.Take();
    }

    private static async Task<JsonElement> ComponentAsync(TestServer server, string name, string status)
    {
        var answer = await Deadline.EventuallyAsync(
            () => server.GetAsync("/api/components"), answer => Find(answer, name)?.GetProperty("status").GetString() == status);
        return Find(answer, name)!.Value;
    }

    private static JsonElement? Find(Answer answer, string name) =>
        answer.Json.GetProperty("items").EnumerateArray().Where(one => one.GetProperty("name").GetString() == name).Select(one => (JsonElement?)one).SingleOrDefault();

    /// <summary>Does nothing, well or badly.</summary>
    private sealed class Part(string name) : IComponent
    {
        public string Name => name;

        public ComponentDependencies Dependencies { get; init; } = ComponentDependencies.None;

        public bool Hangs { get; init; }

        // Leaving a silent database takes about as long as a start may by default, and a start that is given up meanwhile is an error.
        public TimeSpan? StartTimeout => Hangs ? TimeSpan.FromMinutes(1) : null;

        public Exception? StartFault { get; set; }

        public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask StartAsync(CancellationToken cancellationToken)
        {
            if (StartFault is { } fault)
            {
                throw fault;
            }

            if (Hangs)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        }

        public ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    /// <summary>Wants everything that there is.</summary>
    private sealed class Wanting(IEventIntake intake, IRetryQueue retries, IEventBus bus) : IComponent
    {
        public string Name => "wanting";

        public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
        {
            retries.ShouldNotBeNull();
            bus.ShouldNotBeNull();
            context.Bus.Subscribe("order.*", async (_, token) => await intake.RecordAsync(new MonitoringEvent { EventType = "order.seen" }, token));
            return ValueTask.CompletedTask;
        }

        public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask StopAsync(CancellationToken cancellationToken) =>
            await intake.RecordAsync(new MonitoringEvent { EventType = "order.closed" }, cancellationToken);
    }
}
