using Holdfast.AspNetCore.Security;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Security;

/// <summary>Who may do what, for each endpoint that there is and each role, over HTTP.</summary>
public sealed class PermissionTests(KeyedServer keyed) : IClassFixture<KeyedServer>
{
    private const string Nobody = "nobody";

    /// <summary>Said again, so that a slip in the one table is noticed.</summary>
    private static readonly Dictionary<Permission, string> Allowed = new()
    {
        [Permission.Probe] = "nobody ingest viewer operator admin",
        [Permission.None] = "nobody ingest viewer operator admin",
        [Permission.Known] = "ingest viewer operator admin",
        [Permission.EventsWrite] = "ingest operator admin",
        [Permission.Broadcast] = "ingest operator admin",
        [Permission.Read] = "viewer operator admin",
        [Permission.PreferencesWrite] = "viewer operator admin",
        [Permission.Commands] = "viewer operator admin",
        [Permission.AuditRead] = "operator admin",
        [Permission.RetriesWrite] = "operator admin",
        [Permission.Operate] = "operator admin",
        [Permission.InternalOperations] = "admin",
        [Permission.Guards] = "admin",
        [Permission.KeysWrite] = "admin",
    };

    [Fact]
    public void Every_endpoint_declares_the_permission_it_needs()
    {
        var endpoints = Endpoints();

        endpoints.Length.ShouldBeGreaterThan(10);
        endpoints.Where(endpoint => endpoint.Metadata.GetOrderedMetadata<PermissionMetadata>().Count != 1)
            .Select(endpoint => endpoint.RoutePattern.RawText).ShouldBeEmpty();
    }

    [Fact]
    public void Only_probes_the_empty_page_and_what_checks_its_own_address_need_no_permission() =>
        Endpoints().Where(endpoint => PermissionOf(endpoint) is Permission.Probe or Permission.None)
            .Select(endpoint => endpoint.RoutePattern.RawText!).ShouldAllBe(path => path.StartsWith("/health") || path == "/readyz" || path == "/livez" || path == "/" || path.StartsWith("/assets/")
                || path == "/ofrep/v1/stream"); // an EventSource sends no headers: who may is signed in the address

    [Fact]
    public void Every_permission_is_somebodys() =>
        Enum.GetValues<Permission>().ShouldAllBe(permission => Allowed.ContainsKey(permission));

    [Fact]
    public async Task Each_role_may_do_what_the_table_says_at_each_endpoint_and_nothing_else()
    {
        var wrong = new List<string>();
        foreach (var endpoint in Endpoints())
        {
            foreach (var method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            {
                foreach (var role in new[] { Nobody, "ingest", "viewer", "operator", "admin" })
                {
                    await JudgeAsync(endpoint, method, role, wrong);
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    private async Task JudgeAsync(RouteEndpoint endpoint, string method, string role, List<string> wrong)
    {
        var permission = PermissionOf(endpoint);
        var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(PathOf))));

        var answer = await keyed.SendAsync(role == Nobody ? null : role, new HttpMethod(method), path);

        var expected = Allowed[permission].Split(' ').Contains(role) ? "let in" : role == Nobody ? "401" : "403";
        var found = answer.Status is 401 or 403 ? $"{answer.Status}" : "let in";
        if (found != expected || answer.Status >= 500)
        {
            wrong.Add($"{method} {path} as {role}: {expected} was expected, {answer} was answered");
        }
    }

    private static string PathOf(Microsoft.AspNetCore.Routing.Patterns.RoutePatternPart part) =>
        part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "documentName" } ? "v1" : "none";

    private static Permission PermissionOf(RouteEndpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<PermissionMetadata>().Permission;

    private RouteEndpoint[] Endpoints() => [.. keyed.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
}
