using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Samples;

/// <summary>The sample application with Holdfast inside, as a user starts it: everything is reached through its proxy, below a prefix.</summary>
public sealed partial class SelfHostedTests : IAsyncLifetime
{
    private SampleShop _shop = null!;

    private HttpClient Http => _shop.Http;

    public async ValueTask InitializeAsync() => _shop = await SampleShop.StartAsync();

    public async ValueTask DisposeAsync() => await _shop.DisposeAsync();

    [Fact]
    public async Task The_page_finds_its_files_below_the_prefix()
    {
        var page = await Http.GetAsync("", Deadline.Token());
        var html = await page.Content.ReadAsStringAsync();

        page.StatusCode.ShouldBe(HttpStatusCode.OK, html);
        html.ShouldContain("<base href=\"/tools/shop/holdfast/\" />");
        (await Http.GetAsync(Asset().Match(html).Value, Deadline.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Http.GetAsync("openapi/v1.json", Deadline.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_order_is_seen_live_and_its_receipt_is_sent_at_the_second_attempt()
    {
        await using var watcher = new LiveClient(await SocketClient.ConnectAsync(Socket("live")));
        await watcher.UntilAsync("s");

        var answer = await Http.PostAsJsonAsync("../orders", new { number = 17, mail = "ana@example.org" }, Deadline.Token());

        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await watcher.UntilAsync(frame => Types(frame).Contains("order.placed"));
        await watcher.UntilAsync(frame => Types(frame).Contains("receipt.sent"));
    }

    [Fact]
    public async Task A_client_of_the_Realtime_protocol_joins_through_the_proxy()
    {
        await using var client = new RealtimeWire(await SocketClient.ConnectAsync(Socket("realtime/v1/websocket?apikey=any&vsn=2.0.0")));

        await client.JoinAsync("realtime:orders");
    }

    [Fact]
    public async Task Flags_tell_where_their_changes_are_told_with_the_prefix()
    {
        var flags = await Http.PostAsJsonAsync("ofrep/v1/evaluate/flags", new { context = new { targetingKey = "ana" } }, Deadline.Token());
        var address = JsonElement.Parse(await flags.Content.ReadAsStringAsync()).GetProperty("eventStreams")[0].GetProperty("endpoint").GetProperty("requestUri").GetString()!;

        using var stream = await Http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());

        address.ShouldStartWith("/tools/shop/holdfast/ofrep/v1/stream?");
        stream.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
    }

    [Fact]
    public async Task A_page_under_another_name_does_not_reach_it_through_the_proxy()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "status") { Headers = { Host = "evil.example" } };

        (await Http.SendAsync(request, Deadline.Token())).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static IEnumerable<string?> Types(Frame frame) => frame.Type == "e" ? frame[2].EnumerateArray().Select(item => item.GetProperty("event_type").GetString()) : [];

    private Uri Socket(string path) => new UriBuilder(new Uri(Http.BaseAddress!, path)) { Scheme = "ws" }.Uri;

    [GeneratedRegex("assets/[^\"]+\\.js")]
    private static partial Regex Asset();
}
