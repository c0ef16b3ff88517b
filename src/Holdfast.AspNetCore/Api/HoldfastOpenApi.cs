using System.Globalization;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace Holdfast.AspNetCore.Api;

/// <summary>The OpenAPI document: every endpoint that carries an <see cref="EndpointDoc"/> is in it.</summary>
internal sealed class HoldfastOpenApi(EndpointDataSource endpoints) : IOpenApiDocumentTransformer
{
    private const string Bearer = "bearer";
    private const string KeyHeader = "key";

    private static readonly (string Status, string Meaning)[] OfGate =
    [
        ("401", "A key is needed, or the one that was sent is not good."),
        ("403", "The role of the key may not do this, or the request comes from a foreign page."),
        ("429", "The key, or the address, has sent too much; Retry-After says when there is room again."),
    ];

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Holdfast",
            Version = "v1",
            Description = "Events and samples that are durable before they are acknowledged. Errors are problem details (RFC 9457) with every fault listed.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (hf_...), or a token (JWT) where they are set up." },
            [KeyHeader] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key", Description = "The same." },
        };
        document.Paths = [];
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<EndpointDoc>() is { } doc)
            {
                Add(document, endpoint, doc, endpoint.Metadata.GetRequiredMetadata<PermissionMetadata>().Permission);
            }
        }

        return Task.CompletedTask;
    }

    private static void Add(OpenApiDocument document, RouteEndpoint endpoint, EndpointDoc doc, Permission permission)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
        if (!document.Paths.TryGetValue(path, out var item))
        {
            item = new OpenApiPathItem { Operations = [] };
            document.Paths.Add(path, item);
        }

        foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
        {
            item.Operations![new HttpMethod(method)] = Guarded(document, Operation(doc), permission);
        }
    }

    /// <summary>What the gate adds: who may, and how those are answered who may not. Where there is no key yet, nobody needs one on loopback.</summary>
    private static OpenApiOperation Guarded(OpenApiDocument document, OpenApiOperation operation, Permission permission)
    {
        if (permission is Permission.Probe or Permission.None)
        {
            return operation;
        }

        operation.Description = $"Roles: {Permissions.RolesOf(permission)}.";
        operation.Security = [Requirement(document, Bearer), Requirement(document, KeyHeader)];
        foreach (var (status, meaning) in OfGate)
        {
            operation.Responses!.TryAdd(status, new OpenApiResponse { Description = meaning, Content = new Dictionary<string, OpenApiMediaType> { [Problem.ContentType] = new() } });
        }

        return operation;
    }

    private static OpenApiSecurityRequirement Requirement(OpenApiDocument document, string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };

    private static OpenApiOperation Operation(EndpointDoc doc)
    {
        var operation = new OpenApiOperation
        {
            OperationId = doc.Id,
            Summary = doc.Summary,
            Parameters = [.. doc.Parameters.Select(Parameter)],
            Responses = [],
        };
        foreach (var (status, meaning) in doc.Answers)
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse { Description = meaning, Content = Content(status, doc) };
        }

        if (doc.Body is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Description = body.Description,
                Required = body.Required,
                Content = body.Types.ToDictionary(type => type, _ => new OpenApiMediaType()),
            };
        }

        return operation;
    }

    private static Dictionary<string, OpenApiMediaType>? Content(int status, EndpointDoc doc) => status switch
    {
        101 => null,
        _ when doc.AnswerTypes is { } types => types.ToDictionary(type => type, _ => new OpenApiMediaType()),
        >= 400 => new() { [Problem.ContentType] = new OpenApiMediaType() },
        _ => new() { [doc.ContentType] = new OpenApiMediaType() },
    };

    private static OpenApiParameter Parameter(ParameterDoc parameter) => new()
    {
        Name = parameter.Name,
        In = parameter.InPath ? ParameterLocation.Path : parameter.InHeader ? ParameterLocation.Header : ParameterLocation.Query,
        Required = parameter.Required,
        Description = parameter.Description,
        Schema = new OpenApiSchema { Type = parameter.Type == "integer" ? JsonSchemaType.Integer : JsonSchemaType.String },
    };
}
