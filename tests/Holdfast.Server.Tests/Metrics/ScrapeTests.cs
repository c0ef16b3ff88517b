using Holdfast.Server.Tests.Docs;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Metrics;

public sealed class ScrapeTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Promtool_has_nothing_to_say()
    {
        await _server.PostAsync("""[{"event_type":"a\"b\\c\nd","data":{}},{"event_type":"größe","data":{}},{"data":1}]""");
        await _server.SettledLedgerAsync();
        await _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics/flush"));

        var (exitCode, said) = await Programs.RunAsync("promtool", "check metrics", (await _server.GetAsync("/metrics")).Body);

        said.ShouldBeEmpty();
        exitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_scrape_configuration_of_the_docs_is_one()
    {
        var configuration = DocsPage.Of("docs/reference/metrics.md").Blocks.Single(block => block.Language == "yaml").Code;

        var (exitCode, said) = await Programs.RunAsync("promtool", "check config /dev/stdin", configuration);

        exitCode.ShouldBe(0, said);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("*/*")]
    [InlineData("text/*")]
    [InlineData("text/plain")]
    [InlineData("text/plain;version=0.0.4")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    public async Task The_text_format_is_answered_to_whoever_takes_text(string? accept)
    {
        var answer = await AskAsync(accept);

        answer.Status.ShouldBe(200);
        answer.ContentType.ShouldBe("text/plain; version=0.0.4; charset=utf-8");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html")]
    [InlineData("text/plain;q=0")]
    public async Task Who_takes_no_text_is_told_so(string accept) => (await AskAsync(accept)).ShouldBeProblem(406);

    [Fact]
    public async Task What_was_posted_is_counted()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);
        await server.PostAsync("""[{"event_type":"good","data":{}},{"event_type":"good","data":{}},{"event_type":"bad","data":1}]""");
        await server.PostAsync("no json");
        await server.SettledLedgerAsync();
        await server.Node.Parts.Persister.FlushAsync(Deadline.Token()); // not over HTTP, which would be an event more

        var text = (await server.GetAsync("/metrics")).Body.Split('\n');

        string[] expected =
        [
            "holdfast_intake_accepted_total{kind=\"event\"} 2",
            "holdfast_intake_refused_total{kind=\"event\",reason=\"invalid\"} 1",
            "holdfast_intake_refused_total{kind=\"event\",reason=\"unreadable\"} 1",
            "holdfast_flush_rows_total{outcome=\"stored\"} 2",
            "holdfast_flush_duration_seconds_count{outcome=\"stored\"} 1",
            "holdfast_ledger_rows{kind=\"event\",term=\"received\"} 2",
            "holdfast_ledger_rows{kind=\"event\",term=\"stored\"} 2",
            "holdfast_ledger_error_rows{kind=\"event\"} 0",
            "holdfast_validation_events_total{event_type=\"good\",result=\"passed\"} 2",
            "holdfast_validation_events_total{event_type=\"bad\",result=\"failed\"} 1",
            "holdfast_validation_flushed_rows_total 2",
            "holdfast_validation_flushes_total{result=\"ok\"} 1",
            "holdfast_live_connections{adapter=\"websocket\"} 1",
            "holdfast_spool_batches 0",
            "holdfast_spool_writable 1",
            "holdfast_store_available{store=\"sqlite\"} 1",
        ];
        expected.Where(line => !text.Contains(line)).ShouldBeEmpty(string.Join('\n', text.Where(line => line.StartsWith("holdfast_", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_store_that_is_away_is_seen()
    {
        using var data = new DataDirectory().WithCorruptStore();
        await using var server = await TestServer.StartAsync(data);
        await server.PostAsync(SomeEvents.Many("waits", 1, 5));

        var text = (await server.GetAsync("/metrics")).Body;

        text.ShouldContain("holdfast_store_available{store=\"sqlite\"} 0\n");
        text.ShouldContain("holdfast_spool_rows 5\n");
    }

    [Fact]
    public async Task Scrapes_and_events_do_not_hold_each_other_up()
    {
        await using var server = await TestServer.StartAsync();
        var scrapes = Enumerable.Range(0, 50).Select(_ => server.GetAsync("/metrics"));
        var posts = Enumerable.Range(0, 50).Select(n => server.PostAsync(SomeEvents.Many("busy", (n * 10) + 1, 10)));

        var answers = await Task.WhenAll(scrapes.Concat(posts));

        answers.ShouldAllBe(answer => answer.Status == 200 || answer.Status == 202);
        await server.SettledLedgerAsync();
        (await server.GetAsync("/metrics")).Body.ShouldContain("holdfast_intake_accepted_total{kind=\"event\"} 500\n");
    }

    private Task<Answer> AskAsync(string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return _server.SendAsync(request);
    }
}
