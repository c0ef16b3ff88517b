using System.Net;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Tests.Retries;

public class HttpCallbackHandlerTests
{
    private static readonly CallbackOptions Loopback = new() { Allow = CallbackAllowList.Parse("127.0.0.0/8") };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task A_callback_is_what_its_payload_says_and_says_what_it_is()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var handler = NewHandler(Loopback);
        var context = Context(new Uri(receiver.Address, "/hook?a=1"), """{"method": "put", "headers": {"X-Shop": "7"}, "body": {"order": 17}}""");

        var outcome = await handler.HandleAsync(context, CancellationToken.None);

        outcome.ShouldBe(RetryOutcome.Done);
        var request = receiver.Requests.ShouldHaveSingleItem();
        (request.Method, request.Path).ShouldBe(("PUT", "/hook?a=1"));
        Encoding.UTF8.GetString(request.Body).ShouldBe("""{"order": 17}""");
        request.Headers["Content-Type"].ShouldBe("application/json");
        request.Headers["X-Shop"].ShouldBe("7");
        request.Headers["Idempotency-Key"].ShouldBe("key-1");
        request.Headers["Holdfast-Retry-Id"].ShouldBe($"{context.Id}");
        (request.Headers["Holdfast-Retry-Attempt"], request.Headers["Holdfast-Retry-Token"]).ShouldBe(("2", "77"));
        request.Headers.Keys.ShouldNotContain(CallbackSignature.HeaderName);
    }

    [Fact]
    public async Task With_a_secret_the_time_the_id_and_the_body_are_signed()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var handler = NewHandler(Loopback with { Secret = "s3cret" });
        var context = Context(receiver.Address, """{"body": [1, 2]}""");

        await handler.HandleAsync(context, CancellationToken.None);

        var seconds = _clock.GetUtcNow().ToUnixTimeSeconds();
        var expected = HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes($"{seconds}.{context.Id}.[1, 2]"));
        receiver.Requests.First().Headers[CallbackSignature.HeaderName].ShouldBe($"t={seconds},v1={Convert.ToHexStringLower(expected)}");
    }

    [Theory]
    [InlineData(204, "", "done")]
    [InlineData(302, "", "fail")]
    [InlineData(400, "", "fail")]
    [InlineData(404, "", "fail")]
    [InlineData(408, "", "retry")]
    [InlineData(425, "", "retry")]
    [InlineData(429, "", "retry")]
    [InlineData(500, "", "retry")]
    [InlineData(500, "17", "retry")]
    [InlineData(429, "17", "retry in 17")]
    [InlineData(503, "17", "retry in 17")]
    [InlineData(503, "Thu, 01 Jan 2026 00:01:00 GMT", "retry in 60")]
    [InlineData(503, "99999999", "retry in 86400")]
    public async Task The_status_decides_whether_another_attempt_may_help(int status, string retryAfter, string expected)
    {
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers.RetryAfter = retryAfter.Length > 0 ? retryAfter : default;
            return Task.CompletedTask;
        });
        using var handler = NewHandler(Loopback);

        var outcome = await handler.HandleAsync(Context(receiver.Address), CancellationToken.None);

        Describe(outcome).ShouldBe(expected);
        receiver.Requests.Count.ShouldBe(1, "redirects are not followed");
    }

    [Theory]
    [InlineData("""{"success": [404, "500-502"]}""", 404, "done")]
    [InlineData("""{"success": [404, "500-502"]}""", 502, "done")]
    [InlineData("""{"success": [404, "500-502"]}""", 503, "retry")]
    [InlineData("""{"success": [404, "500-502"]}""", 200, "retry")]
    public async Task What_a_success_is_can_be_said(string payload, int status, string expected)
    {
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using var handler = NewHandler(Loopback);

        Describe(await handler.HandleAsync(Context(receiver.Address, payload), CancellationToken.None)).ShouldBe(expected);
    }

    [Fact]
    public async Task The_head_of_the_answer_is_kept_for_people()
    {
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("The shelf is empty. " + new string('x', 100_000));
        });
        using var handler = NewHandler(Loopback);

        var outcome = (RetryOutcome.RetryOutcomeAgain)await handler.HandleAsync(Context(receiver.Address), CancellationToken.None);

        outcome.Error.ShouldStartWith("HTTP 500 InternalServerError: The shelf is empty. xxx");
        outcome.Error.Length.ShouldBeLessThan(1_100);
    }

    [Theory]
    [InlineData("ftp://shop.example/", "{}", "target")]
    [InlineData("/relative", "{}", "target")]
    [InlineData("http://user:password@shop.example/", "{}", "target")]
    [InlineData("http://shop.example/", "[]", "payload")]
    [InlineData("http://shop.example/", """{"methd": "POST"}""", "methd")]
    [InlineData("http://shop.example/", """{"method": "CONNECT"}""", "method")]
    [InlineData("http://shop.example/", """{"headers": {"A": "b\r\nC: d"}}""", "'A'")]
    [InlineData("http://shop.example/", """{"headers": {"A b": "c"}}""", "A b")]
    [InlineData("http://shop.example/", """{"headers": {"host": "other.example"}}""", "host")]
    [InlineData("http://shop.example/", """{"headers": {"Holdfast-Signature": "x"}}""", "Holdfast-Signature")]
    [InlineData("http://shop.example/", """{"success": ["299-200"]}""", "success")]
    [InlineData("http://shop.example/", """{"success": []}""", "success")]
    public async Task What_can_never_be_sent_fails_at_once(string target, string payload, string why)
    {
        using var handler = NewHandler(Loopback);

        var outcome = await handler.HandleAsync(Context(new Uri(target, UriKind.RelativeOrAbsolute), payload), CancellationToken.None);

        outcome.ShouldBeOfType<RetryOutcome.FailOutcome>().Error.ShouldContain(why);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    public async Task This_machine_is_not_called_whatever_it_is_called(string target)
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var handler = new HttpCallbackHandler(() => new CallbackOptions(), _clock);
        var url = new Uri(target.Replace("{0}", $"{receiver.Address.Port}", StringComparison.Ordinal));

        var outcome = await handler.HandleAsync(Context(url), CancellationToken.None);

        outcome.ShouldBeOfType<RetryOutcome.FailOutcome>().Error.ShouldContain("not a public host");
        receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_address_that_was_checked_is_the_one_that_is_called()
    {
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.Headers.Connection = "close"; // so that the next callback connects anew
            return Task.CompletedTask;
        });
        var answers = new Queue<string>(["127.0.0.1", "169.254.169.254"]);
        using var handler = NewHandler(Loopback, _ => [IPAddress.Parse(answers.Dequeue())]);
        var url = new Uri($"http://shop.example:{receiver.Address.Port}/");

        var first = await handler.HandleAsync(Context(url), CancellationToken.None);
        var rebound = await handler.HandleAsync(Context(url), CancellationToken.None);

        Describe(first).ShouldBe("done");
        receiver.Requests.ShouldHaveSingleItem().Headers["Host"].ShouldBe($"shop.example:{receiver.Address.Port}");
        Describe(rebound).ShouldBe("fail");
        answers.ShouldBeEmpty("a name is resolved once for each connection");
    }

    [Fact]
    public async Task Of_the_addresses_of_a_name_only_those_that_may_be_called_are()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var handler = NewHandler(Loopback, _ => [IPAddress.Parse("10.0.0.1"), IPAddress.Loopback]);

        var outcome = await handler.HandleAsync(Context(new Uri($"http://shop.example:{receiver.Address.Port}/")), CancellationToken.None);

        Describe(outcome).ShouldBe("done");
    }

    [Fact]
    public async Task A_host_that_is_allowed_by_name_may_be_anywhere()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var handler = NewHandler(new CallbackOptions { Allow = CallbackAllowList.Parse("hooks.internal") }, _ => [IPAddress.Loopback]);

        var outcome = await handler.HandleAsync(Context(new Uri($"http://hooks.internal:{receiver.Address.Port}/")), CancellationToken.None);

        Describe(outcome).ShouldBe("done");
    }

    [Fact]
    public async Task Nobody_at_home_is_a_failure_that_is_tried_again()
    {
        Uri gone;
        await using (var receiver = await Receiver.StartAsync(_ => Task.CompletedTask))
        {
            gone = receiver.Address;
        }

        using var handler = NewHandler(Loopback);

        await Should.ThrowAsync<HttpRequestException>(() => handler.HandleAsync(Context(gone), CancellationToken.None));
    }

    private HttpCallbackHandler NewHandler(CallbackOptions options, Func<string, IPAddress[]>? resolve = null) =>
        new(() => options, _clock, (host, _) => Task.FromResult((resolve ?? (_ => [IPAddress.Loopback]))(host)));

    private static RetryContext Context(Uri target, string payload = "{}") => new()
    {
        Id = new Guid("0195b9a0-1111-7000-8000-000000000001"),
        OperationType = "http_callback",
        Target = target.OriginalString,
        Payload = TrialHandler.Json(payload),
        Attempt = 2,
        MaxRetries = 3,
        Token = 77,
        IdempotencyKey = "key-1",
    };

    private static string Describe(RetryOutcome outcome) => outcome switch
    {
        RetryOutcome.DoneOutcome => "done",
        RetryOutcome.RetryOutcomeAgain { Delay: { } delay } => $"retry in {delay.TotalSeconds}",
        RetryOutcome.RetryOutcomeAgain => "retry",
        RetryOutcome.FailOutcome => "fail",
        _ => $"{outcome}",
    };
}
