using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore;

/// <summary>The OpenAPI document of Holdfast's endpoints, at <c>/openapi/v1.json</c>.</summary>
public static class HoldfastOpenApiExtensions
{
    /// <summary>Adds the document. An application with a document of its own need not call it.</summary>
    public static HoldfastBuilder AddOpenApi(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOpenApi("v1", options => options.AddDocumentTransformer<HoldfastOpenApi>());
        return builder;
    }

    /// <summary>Serves the document below the base path.</summary>
    public static IEndpointConventionBuilder MapHoldfastOpenApi(this IEndpointRouteBuilder endpoints, string basePath = "/")
    {
        ArgumentNullException.ThrowIfNull(basePath);
        var document = endpoints.MapOpenApi(basePath.TrimEnd('/') + "/openapi/{documentName}.json");
        document.Finally(endpoint => Guarded.Guard(endpoint, Permission.Read));
        return document;
    }
}
