using System.Text.RegularExpressions;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Api;

public sealed partial class ApiMannersTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("GET", "/no/such/route")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/events/17")]
    [InlineData("GET", "/assets/none.js")]
    [InlineData("GET", "/assets/..%2Fsecret")]
    [InlineData("POST", "/")]
    [InlineData("POST", "/no/such/route")]
    public async Task An_unknown_route_is_a_problem(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        answer.ShouldBeProblem(answer.Status == 405 ? 405 : 404);
    }

    [Theory]
    [InlineData("DELETE", "/api/events")]
    [InlineData("PUT", "/api/events")]
    [InlineData("POST", "/api/series")]
    [InlineData("POST", "/status")]
    [InlineData("PATCH", "/api/ledger")]
    public async Task A_wrong_method_is_a_problem_that_names_the_right_ones(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        answer.ShouldBeProblem(405).GetProperty("detail").GetString()!.ShouldContain("GET");
        answer.ContentHeaders.Allow.ShouldContain("GET");
    }

    [Fact]
    public async Task An_unexpected_error_is_a_problem_without_inner_details_and_is_logged()
    {
        var clock = new BrittleClock();
        await using var server = await TestServer.StartAsync(services: services => services.AddSingleton<TimeProvider>(clock));

        clock.Break();
        var answer = await server.GetAsync("/status");
        clock.Mend();

        answer.ShouldBeProblem(500);
        answer.Body.ShouldNotContain("clock");
        (await server.GetAsync("/status")).Status.ShouldBe(200);

        // A loop may have looked at the clock too: what it says of that is taken when it is sure to have said it.
        await server.StopAsync();
        server.Errors.Take().ShouldContain(line => line.Contains("/status") && line.Contains("The clock is broken."));
    }

    [Fact]
    public async Task Every_name_is_in_snake_case()
    {
        await _server.PostAsync("""{"event_type":"snake.case","data":{},"metadata":{}}""");
        await _server.StoredAsync("event_type=snake.case", 1);

        foreach (var path in new[] { "/status", "/api/overview", "/api/ledger", "/api/events", "/health/ready", "/health/live", "/health/startup", "/api/events?limit=0", "/no/such/route" })
        {
            var names = JsonShape.Names((await _server.GetAsync(path)).Json).Distinct();
            names.Where(name => !SnakeCase().IsMatch(name)).ShouldBeEmpty(path);
        }
    }

    [Fact]
    public async Task The_document_lists_every_endpoint_that_has_a_route_and_no_other()
    {
        var document = (await _server.GetAsync("/openapi/v1.json")).Json;

        var documented = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        documented.Order().ShouldBe(Routes().Order());
    }

    [Fact]
    public async Task Every_operation_has_an_id_of_its_own_a_summary_and_an_answer()
    {
        var document = (await _server.GetAsync("/openapi/v1.json")).Json;
        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(operation => operation.Value).ToArray();

        operations.Select(operation => operation.GetProperty("operationId").GetString()).ShouldBeUnique();
        operations.ShouldAllBe(operation => operation.GetProperty("summary").GetString()!.Length > 0);
        operations.ShouldAllBe(operation => operation.GetProperty("responses").EnumerateObject().Any());
    }

    [Fact]
    public async Task The_document_is_as_approved()
    {
        var document = (await _server.GetAsync("/openapi/v1.json")).Body.Replace(_server.Address.Port.ToString(), "8080");

        document.ShouldBeApproved("openapi");
    }

    [Theory]
    [InlineData("/status", "status")]
    [InlineData("/api/ledger", "ledger")]
    public async Task Names_and_types_are_as_approved(string path, string name) =>
        JsonShape.Of((await _server.GetAsync(path)).Json).ShouldBeApproved(name);

    [Fact]
    public async Task Everything_is_served_below_a_base_path_and_nothing_beside_it()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.BasePath] = "/ops/holdfast" });

        (await server.GetAsync("/ops/holdfast/status")).Json.GetProperty("status").GetProperty("base_path").GetString().ShouldBe("/ops/holdfast");
        (await server.GetAsync("/ops/holdfast/openapi/v1.json")).Body.ShouldContain("/ops/holdfast/api/events");
        (await server.GetAsync("/status")).ShouldBeProblem(404);
        await using var watcher = new LiveClient(await SocketClient.ConnectAsync(server.WebSocketAddress("/ops/holdfast/live")));
        (await watcher.NextAsync()).Type.ShouldBe("h");
    }

    private IEnumerable<string> Routes() => _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
        .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"));

    [GeneratedRegex("^[a-z][a-z0-9_]*$|^[0-9]+$")]
    private static partial Regex SnakeCase();
}
