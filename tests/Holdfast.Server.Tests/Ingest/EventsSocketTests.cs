using System.Net.WebSockets;
using System.Text;
using Holdfast.AspNetCore.Ingest;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Ingest;

public sealed class EventsSocketTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task An_event_is_acknowledged_with_its_type_and_id_when_it_is_durable()
    {
        await using var socket = await ConnectAsync();

        await socket.SendAsync("""{"event_type":"socket.single","data":{},"event_id":"0198c0de-0000-7000-8000-0000000000aa"}""");
        var answer = (await socket.ReceiveAsync()).ShouldNotBeNull();

        answer.GetRawText().ShouldBe("""{"status":"received","event_type":"socket.single","event_id":"0198c0de-0000-7000-8000-0000000000aa"}""");
        (await _server.StoredAsync("event_type=socket.single", 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Answers_come_in_the_order_of_the_events_however_many_are_in_flight()
    {
        const int Count = EventsSocket.InFlightMax * 3;
        await using var socket = await ConnectAsync();

        var sending = Task.Run(async () =>
        {
            for (var number = 0; number < Count; number++)
            {
                await socket.SendAsync(number % 10 == 9 ? "{}" : SomeEvents.One($"socket.many.{number}", number));
            }
        });
        for (var number = 0; number < Count; number++)
        {
            var answer = (await socket.ReceiveAsync()).ShouldNotBeNull();
            if (number % 10 == 9)
            {
                answer.GetProperty("status").GetString().ShouldBe("error");
            }
            else
            {
                answer.GetProperty("event_type").GetString().ShouldBe($"socket.many.{number}");
            }
        }

        await sending;
    }

    [Fact]
    public async Task Events_of_a_connection_are_sequenced_in_the_order_they_were_sent()
    {
        await using var socket = await ConnectAsync();

        for (var number = 0; number < 200; number++)
        {
            await socket.SendAsync(SomeEvents.One("socket.order", number));
        }

        var stored = await _server.StoredAsync("event_type=socket.order", 200);
        stored.OrderBy(item => item.GetProperty("sequence_id").GetInt64()).Select(SomeEvents.Number).ShouldBe(Enumerable.Range(0, 200));
    }

    [Theory]
    [InlineData("", "json event")]
    [InlineData("nonsense", "json event")]
    [InlineData("[]", "json event")]
    [InlineData("""[{"event_type":"x.y","data":{}}]""", "json event")]
    [InlineData("""{"event_type":"x.y","data":{}}{}""", "json event")]
    [InlineData("{}", "required_fields event_type, required_fields data")]
    [InlineData("""{"event_type":"x.y","data":1}""", "data_types data")]
    [InlineData("""{"event_type":"x.y","data":{},"timestamp":"1999-01-01T00:00:00Z"}""", "timestamp_range timestamp")]
    public async Task A_bad_frame_is_answered_by_rule_and_field_and_the_connection_lives(string frame, string faults)
    {
        await using var socket = await ConnectAsync();

        await socket.SendAsync(frame);
        var answer = (await socket.ReceiveAsync()).ShouldNotBeNull();
        await socket.SendAsync(SomeEvents.One("socket.after"));
        var next = (await socket.ReceiveAsync()).ShouldNotBeNull();

        answer.GetProperty("status").GetString().ShouldBe("error");
        string.Join(", ", answer.RulesAndFields()).ShouldBe(faults);
        next.GetProperty("status").GetString().ShouldBe("received");
    }

    [Fact]
    public async Task An_event_over_the_limit_is_answered()
    {
        await using var socket = await ConnectAsync();

        await socket.SendAsync($$"""{"event_type":"socket.large","data":{"text":"{{new string('x', 256 << 10)}}"} }""");
        var answer = (await socket.ReceiveAsync()).ShouldNotBeNull();

        answer.GetProperty("status").GetString().ShouldBe("error");
        answer.RulesAndFields().ShouldBe(["size event"]);
    }

    [Fact]
    public async Task A_frame_far_over_the_limit_ends_the_connection_after_what_came_before_was_answered()
    {
        await using var socket = await ConnectAsync();

        await socket.SendAsync(SomeEvents.One("socket.before"));
        await socket.SendAsync(new string('x', 1 << 20));

        (await socket.ReceiveAsync()).ShouldNotBeNull().GetProperty("status").GetString().ShouldBe("received");
        (await socket.ClosedAsync()).Status.ShouldBe((int)WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task A_binary_frame_ends_the_connection_with_its_reason()
    {
        await using var socket = await ConnectAsync();

        await socket.SendAsync(Encoding.UTF8.GetBytes(SomeEvents.One()), WebSocketMessageType.Binary);
        var (status, reason) = await socket.ClosedAsync();

        status.ShouldBe((int)WebSocketCloseStatus.InvalidMessageType);
        reason.ShouldNotBeNull().ShouldContain("text frames");
    }

    [Fact]
    public async Task A_client_that_closes_gets_its_last_answers_first()
    {
        await using var socket = await ConnectAsync();

        for (var number = 0; number < 20; number++)
        {
            await socket.SendAsync(SomeEvents.One("socket.last", number));
        }

        await socket.CloseAsync();

        for (var number = 0; number < 20; number++)
        {
            (await socket.ReceiveAsync()).ShouldNotBeNull().GetProperty("status").GetString().ShouldBe("received");
        }

        (await socket.ClosedAsync()).Status.ShouldBe((int)WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task A_connection_that_breaks_loses_nothing_that_was_taken()
    {
        await using var socket = await ConnectAsync();
        await socket.SendAsync(SomeEvents.One("socket.broken"));
        (await socket.ReceiveAsync()).ShouldNotBeNull();

        socket.Abort();

        (await _server.StoredAsync("event_type=socket.broken", 1)).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("/events")]
    [InlineData("/live")]
    public async Task An_ordinary_request_is_told_what_is_spoken_here(string path)
    {
        var answer = await _server.GetAsync(path);

        answer.ShouldBeProblem(426);
        answer.Header("Upgrade").ShouldBe("websocket");
    }

    [Fact]
    public async Task A_client_that_reads_no_answers_does_not_hold_up_the_shutdown()
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));
        var stuffing = StuffAsync(socket);
        await stuffing;

        var started = TimeProvider.System.GetTimestamp();
        await server.StopAsync();

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_answer_that_cannot_be_made_ends_the_connection_as_a_fault_of_the_server()
    {
        const int TakingFailed = 802;
        var clock = new BrittleClock();
        await using var server = await TestServer.StartAsync(
            services: services => services.AddSingleton<TimeProvider>(clock).AddSingleton<ILoggerProvider>(new BrokenLog(TakingFailed)));
        await using var socket = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));
        await socket.SendAsync(SomeEvents.One("socket.answered"));
        (await socket.ReceiveAsync()).ShouldNotBeNull().GetProperty("status").GetString().ShouldBe("received");

        clock.Break();
        await socket.SendAsync(SomeEvents.One("socket.unanswered"));
        var (status, reason) = await socket.ClosedAsync();
        clock.Mend();

        status.ShouldBe((int)WebSocketCloseStatus.InternalServerError);
        reason.ShouldBe("answering failed");
        await server.StopAsync();
        server.Errors.Take().ShouldContain(line => line.Contains("could not be answered"));
    }

    [Fact]
    public async Task Large_frames_share_the_memory_of_the_bodies_and_are_sent_away_when_it_is_used_up()
    {
        await using var server = await TestServer.StartAsync();
        var budget = server.Services.GetRequiredService<BodyBudget>();
        var max = BodyBudget.MaxFor(server.Flags.GetInt(FlagNames.MaxBodyBytes));
        var large = $$"""{"event_type":"socket.large","data":{"text":"{{new string('x', 100 << 10)}}"} }""";
        await using var taken = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));
        await using var refused = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));
        await taken.SendAsync(large);
        (await taken.ReceiveAsync()).ShouldNotBeNull().GetProperty("status").GetString().ShouldBe("received");

        budget.TryTake(max - (32 << 10), max).ShouldBeTrue();
        await refused.SendAsync(large);
        var (status, reason) = await refused.ClosedAsync();
        await taken.SendAsync(SomeEvents.One("socket.small"));

        (status, reason).ShouldBe((1013, "too much is arriving at once"));
        (await taken.ReceiveAsync()).ShouldNotBeNull().GetProperty("status").GetString().ShouldBe("received", "a small frame needs nothing of it");
        budget.Taken.ShouldBe(max - (32 << 10), "what a frame took it gives back");
    }

    private Task<SocketClient> ConnectAsync() => SocketClient.ConnectAsync(_server.WebSocketAddress("/events"));

    /// <summary>Sends without reading until the server does not read either.</summary>
    private static async Task StuffAsync(SocketClient socket)
    {
        var frame = $$"""{"event_type":"{{new string('x', 50)}}","data":{} }""";
        var patience = Deadline.Token();
        using var stuck = CancellationTokenSource.CreateLinkedTokenSource(patience);
        try
        {
            while (true)
            {
                stuck.CancelAfter(TimeSpan.FromSeconds(1));
                await socket.SendAsync(frame, stuck.Token);
            }
        }
        catch (OperationCanceledException) when (!patience.IsCancellationRequested)
        {
            // Both directions are full now.
        }
    }
}
