using System.Net.Http.Headers;
using System.Text;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>Broadcasts over HTTP.</summary>
public sealed class BroadcastApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task A_batch_reaches_those_who_listen()
    {
        await using var client = await ListenAsync("batch");

        var answer = await PostAsync("""{"messages":[{"topic":"batch","event":"one","payload":{"n":1}},{"topic":"elsewhere","event":"two","payload":{},"private":true},{"topic":"batch","event":"three","payload":{"n":3}}]}""");

        (answer.Status, answer.Body).ShouldBe((202, ""));
        (await NextAsync(client)).ShouldBe("""{"type":"broadcast","event":"one","payload":{"n":1}}""");
        (await NextAsync(client)).ShouldBe("""{"type":"broadcast","event":"three","payload":{"n":3}}""");
        answer.Header("x-rate-limit").ShouldBe("1000");
    }

    [Theory]
    [InlineData("{}", """{"errors":{"messages":["can\u0027t be blank"]}}""")]
    [InlineData("""{"messages":[]}""", """{"errors":{"messages":["can\u0027t be blank"]}}""")]
    [InlineData("""{"messages":7}""", """{"errors":{"messages":["is invalid"]}}""")]
    [InlineData("nonsense", """{"errors":{"messages":["is invalid"]}}""")]
    [InlineData("""{"messages":[{"topic":"a","event":"\ud800","payload":{}}]}""", """{"errors":{"messages":["is invalid"]}}""")]
    [InlineData("""{"messages":[{"topic":"a","event":"b","pa\udfff":{}}]}""", """{"errors":{"messages":["is invalid"]}}""")]
    [InlineData("""{"messages":[{"topic":"a","event":"b","payload":{}},{}]}""", """{"errors":{"messages":[{},{"topic":["can\u0027t be blank"],"payload":["can\u0027t be blank"],"event":["can\u0027t be blank"]}]}}""")]
    [InlineData("""{"messages":[{"topic":7,"event":false,"payload":"x"}]}""", """{"errors":{"messages":[{"topic":["is invalid"],"payload":["is invalid"],"event":["is invalid"]}]}}""")]
    public async Task What_is_wrong_is_told_field_by_field_and_nothing_is_sent(string body, string errors)
    {
        var answer = await PostAsync(body);

        (answer.Status, answer.Body).ShouldBe((422, errors));
    }

    [Fact]
    public async Task One_message_is_named_by_its_address()
    {
        await using var client = await ListenAsync("a room");

        (await PostOneAsync("a%20room/events/by%2Fname", """{"n":1}"""u8.ToArray(), "application/json")).Status.ShouldBe(202);

        (await NextAsync(client)).ShouldBe("""{"type":"broadcast","event":"by/name","payload":{"n":1}}""");
    }

    [Theory]
    [InlineData("a/events/b", "text/plain", "{}", 415)]
    [InlineData("a/events/b", "application/json", "{", 422)]
    [InlineData("a/events/b", "application/json", "\"text\"", 202)]
    [InlineData("a/events/b", "application/octet-stream", "{", 202)]
    [InlineData("holdfast:live/events/frame", "application/json", "{}", 403)]
    [InlineData("holdfast:live/events/frame?private=true", "application/json", "{}", 403)]
    public async Task It_is_taken_or_refused_by_what_it_is(string path, string type, string body, int status) =>
        (await PostOneAsync(path, Encoding.UTF8.GetBytes(body), type)).Status.ShouldBe(status);

    [Fact]
    public async Task Names_and_payloads_have_their_limits()
    {
        (await PostOneAsync($"{new string('a', 247)}/events/b", "{}"u8.ToArray(), "application/json")).Status.ShouldBe(422);
        (await PostOneAsync($"a/events/{new string('b', 256)}", "{}"u8.ToArray(), "application/json")).Status.ShouldBe(422);
        (await PostOneAsync("a/events/b", new byte[(256 << 10) + 1], "application/octet-stream")).Status.ShouldBe(413);
        (await PostAsync($$$"""{"messages":[{"topic":"a","event":"b","payload":{"x":"{{{new string('x', 256 << 10)}}}"}}]}""")).Body.ShouldBe("""{"errors":{"messages":[{"payload":["Payload size exceeds tenant limit"]}]}}""");
    }

    [Fact]
    public async Task The_topic_of_the_server_itself_cannot_be_spoken_in()
    {
        var answer = await PostAsync("""{"messages":[{"topic":"fine","event":"b","payload":{}},{"topic":"holdfast:live","event":"frame","payload":{"frame":["e","x",[]]}}]}""");

        (answer.Status, answer.Body).ShouldBe((403, """{"message":"The topic holdfast:live is the server\u0027s own"}"""));
    }

    [Fact]
    public async Task Who_sends_too_much_is_told_how_much_is_left()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.RealtimeMessages] = 10 });
        var batch = $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("""{"topic":"a","event":"b","payload":{}}""", 8))}}]}""";

        var taken = await PostAsync(batch, server);
        var refused = await PostAsync(batch, server);

        (taken.Status, taken.Header("x-rate-limit"), taken.Header("x-rate-limit-remaining")).ShouldBe((202, "10", "2"));
        (refused.Status, refused.Header("x-rate-rolling")).ShouldBe((429, "8"));
        refused.Body.ShouldBe("""{"message":"Too many messages to broadcast, please reduce the batch size"}""");
    }

    [Fact]
    public async Task The_ping_says_that_it_is_there() =>
        (await _server.GetAsync("/realtime/v1/api/ping")).Body.ShouldBe("""{"message":"Success"}""");

    private async Task<SocketClient> ListenAsync(string topic)
    {
        var socket = await SocketClient.ConnectAsync(_server.WebSocketAddress("/realtime/v1/websocket?apikey=any"));
        await socket.SendAsync($$$"""{"topic":"realtime:{{{topic}}}","event":"phx_join","payload":{"config":{}},"ref":"1"}""", null);
        await socket.ReceiveAsync();
        return socket;
    }

    private static async Task<string> NextAsync(SocketClient client) => (await client.ReceiveAsync()).ShouldNotBeNull().GetProperty("payload").GetRawText();

    private Task<Answer> PostAsync(string body, TestServer? server = null) =>
        (server ?? _server).SendAsync(new HttpRequestMessage(HttpMethod.Post, "/realtime/v1/api/broadcast?apikey=any&vsn=2.0.0") { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    private Task<Answer> PostOneAsync(string path, byte[] body, string type)
    {
        var content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        return _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/realtime/v1/api/broadcast/{path}") { Content = content });
    }
}
