using Holdfast.AspNetCore.Security;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Security;

public sealed class PermissionTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public void Every_endpoint_declares_the_permission_it_needs()
    {
        var endpoints = Endpoints();

        endpoints.Length.ShouldBeGreaterThan(10);
        endpoints.Where(endpoint => endpoint.Metadata.GetOrderedMetadata<PermissionMetadata>().Count != 1)
            .Select(endpoint => endpoint.RoutePattern.RawText).ShouldBeEmpty();
    }

    [Fact]
    public void Only_probes_need_no_permission() =>
        Endpoints().Where(endpoint => endpoint.Metadata.GetRequiredMetadata<PermissionMetadata>().Permission == Permission.None)
            .ShouldAllBe(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/health"));

    private RouteEndpoint[] Endpoints() => [.. shared.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
}
