using System.Net.WebSockets;
using Holdfast.Access;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>Sockets of the Realtime protocol: who is let in, what ends them, and what they take of what is there for all.</summary>
public sealed class RealtimeSocketTests
{
    private const string Heartbeat = """[null,"9","phoenix","heartbeat",{}]""";

    [Theory]
    [InlineData("/realtime/v1/websocket")]
    [InlineData("/realtime/v1/socket/websocket")]
    [InlineData("/socket/websocket")]
    public async Task It_is_found_where_clients_look_for_it(string path)
    {
        await using var server = await TestServer.StartAsync();
        await using var socket = await SocketClient.ConnectAsync(server.WebSocketAddress($"{path}?apikey=x&vsn=2.0.0&log_level=info"));

        await socket.SendAsync(Heartbeat);

        (await socket.ReceiveAsync())!.Value.GetRawText().ShouldBe("""[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]""");
    }

    [Fact]
    public async Task What_is_no_good_is_told_in_the_words_that_clients_know()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.JwtSecret] = "a secret of the issuer, of more than 32 bytes" });
        var (ingest, gone) = (await KeyedServer.KeyAsync(server, "ana", "ingest"), await KeyedServer.KeyAsync(server, "bob", "viewer"));
        await server.Node.Parts.Access.Desk.RevokeAsync(KeyText.Read(gone)!.Value.Id, new Act("test"), CancellationToken.None);

        (await ErrorAsync(server, "")).ShouldBe((401, "API key is missing"));
        (await ErrorAsync(server, "apikey=nonsense")).ShouldBe((401, "The token provided is not a valid JWT"));
        (await ErrorAsync(server, $"apikey=hf_0000000000000000_{new string('0', 64)}")).ShouldBe((401, "Failed to validate JWT signature"));
        (await ErrorAsync(server, $"apikey={gone}")).ShouldBe((401, "Token has expired"));
        (await ErrorAsync(server, "apikey=eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoidmlld2VyIn0.AAAA")).Status.ShouldBe(401);
        (await ErrorAsync(server, $"apikey={ingest}")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Another_version_and_no_socket_are_refused()
    {
        await using var server = await TestServer.StartAsync();

        (await SocketClient.RefusedAsync(server.WebSocketAddress("/realtime/v1/websocket?apikey=x&vsn=3.0.0"))).ShouldBe(403);
        (await server.GetAsync("/realtime/v1/websocket?apikey=x")).Status.ShouldBe(426);
    }

    [Fact]
    public async Task A_key_has_so_many_sockets_over_all_protocols()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.LimitSockets] = 1 });
        var key = await KeyedServer.KeyAsync(server, "ana", "viewer");
        await using var live = await SocketClient.ConnectAsync(server.WebSocketAddress($"/live?apikey={key}"));

        (await SocketClient.RefusedAsync(server.WebSocketAddress($"/realtime/v1/websocket?apikey={key}"))).ShouldBe(429);
    }

    [Fact]
    public async Task A_page_of_another_origin_is_refused()
    {
        await using var server = await TestServer.StartAsync();

        (await SocketClient.RefusedAsync(server.WebSocketAddress("/realtime/v1/websocket?apikey=x"), options => options.SetRequestHeader("Origin", "https://evil.example"))).ShouldBe(403);
    }

    [Fact]
    public async Task A_frame_that_is_too_large_ends_the_connection_and_one_that_is_nonsense_does_not()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.RealtimePayloadBytes] = 10_000 });
        await using var client = await RealtimeWire.ConnectAsync(server);

        await client.Socket.SendAsync("nonsense");
        await client.Socket.SendAsync(Heartbeat);
        await client.UntilAsync(message => message.Topic == "phoenix");
        await client.Socket.SendAsync(new byte[100_000], WebSocketMessageType.Binary);

        (await client.Socket.ClosedAsync()).Status.ShouldBe(1009);
        server.Node.Parts.Realtime.Malformed.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_that_is_revoked_ends_its_connection_and_each_channel_is_told_before()
    {
        await using var server = await TestServer.StartAsync();
        var key = await KeyedServer.KeyAsync(server, "ana", "viewer");
        await using var client = await RealtimeWire.ConnectAsync(server, $"apikey={key}");
        await client.JoinAsync("realtime:a");

        await server.Node.Parts.Access.Desk.RevokeAsync(KeyText.Read(key)!.Value.Id, new Act("test"), CancellationToken.None);

        (await client.UntilAsync(message => message.Event == "system")).Payload.GetProperty("message").GetString().ShouldBe("You no longer have permission to read from this Channel topic: a");
        (await client.UntilAsync(_ => true)).Event.ShouldBe("phx_error");
        (await client.Socket.ClosedAsync()).Status.ShouldBe(1008);
    }

    [Fact]
    public async Task The_first_key_ends_what_was_opened_without_one()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await RealtimeWire.ConnectAsync(server);
        await client.JoinAsync("realtime:a");

        await KeyedServer.KeyAsync(server, "ana", "admin");

        (await client.Socket.ClosedAsync()).Status.ShouldBe(1008);
    }

    [Fact]
    public async Task A_connection_that_was_opened_with_a_ticket_sends_nothing_to_others()
    {
        await using var server = await TestServer.StartAsync();
        var key = await KeyedServer.KeyAsync(server, "ana", "admin");
        var ticket = (await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/access/ticket") { Headers = { { "X-API-Key", key } } })).Json.GetProperty("ticket").GetString()!;
        await using var client = await RealtimeWire.ConnectAsync(server, $"apikey={Uri.EscapeDataString(ticket)}");
        await client.JoinAsync("realtime:a", """{"broadcast":{"ack":true}}""");

        await client.PushAsync("realtime:a", "tick", "{}"u8.ToArray());

        (await client.UntilAsync(message => message.Event == "phx_reply")).ToString().ShouldContain("Unauthorized: You do not have permissions to write");
    }

    [Fact]
    public async Task A_server_that_leaves_lets_its_clients_go_to_come_back()
    {
        var server = await TestServer.StartAsync();
        await using var client = await RealtimeWire.ConnectAsync(server);
        await client.JoinAsync("realtime:a");

        var stopping = server.StopAsync();

        (await client.Socket.ClosedAsync()).ShouldBe((1012, "the server restarts"));
        await stopping;
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Who_asks_and_does_not_read_the_answers_holds_up_himself_alone()
    {
        await using var server = await TestServer.StartAsync();
        await using var silent = await RealtimeWire.ConnectAsync(server);
        await using var other = await RealtimeWire.ConnectAsync(server);
        var answered = new string('x', 100);

        // More than every buffer on the way holds: the server stops reading, and this stops sending.
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            while (true)
            {
                await silent.Socket.SendAsync($$"""[null,"{{answered}}","phoenix","heartbeat",{}]""", enough.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // As it should be.
        }

        await other.Socket.SendAsync(Heartbeat);
        (await other.UntilAsync(_ => true)).Topic.ShouldBe("phoenix");
    }

    [Fact]
    public async Task The_live_topic_has_the_frames_of_live_and_understands_what_live_understands()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("""{"event_type":"live.before","data":{}}""");
        await using var client = new RealtimeWire(await SocketClient.ConnectAsync(server.WebSocketAddress("/realtime/v1/websocket?apikey=any&vsn=1.0.0")));
        await client.Socket.SendAsync("""{"topic":"realtime:holdfast:live","event":"phx_join","payload":{"config":{}},"ref":"1"}""");
        var types = new List<string>();

        await ReadAsync("s");
        await client.Socket.SendAsync("""{"topic":"realtime:holdfast:live","event":"broadcast","payload":{"event":"frame","payload":{"frame":["sub","nothing"]}},"ref":"2"}""");
        await ReadAsync("x");
        await server.PostAsync("""{"event_type":"live.after","data":{}}""");
        await ReadAsync("e");

        types[..3].ShouldBe(["h", "n", "s"]);

        async Task ReadAsync(string until)
        {
            var patience = Deadline.Token();
            while (types.LastOrDefault() != until)
            {
                var message = (await client.Socket.ReceiveAsync(patience)).ShouldNotBeNull();
                if (message.GetProperty("event").GetString() == "broadcast")
                {
                    types.Add(message.GetProperty("payload").GetProperty("payload").GetProperty("frame")[0].GetString()!);
                }
            }
        }
    }

    private static async Task<(int Status, string? Error)> ErrorAsync(TestServer server, string query)
    {
        // As a socket asks, but with an answer that can be read.
        var request = new HttpRequestMessage(HttpMethod.Get, $"/realtime/v1/websocket?{query}")
        {
            Headers = { { "Connection", "Upgrade" }, { "Upgrade", "websocket" }, { "Sec-WebSocket-Version", "13" }, { "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==" } },
        };
        var answer = await server.SendAsync(request);
        return (answer.Status, answer.Json.GetProperty("error").GetString());
    }
}
