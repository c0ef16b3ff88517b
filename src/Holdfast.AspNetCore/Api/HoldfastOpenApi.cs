using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace Holdfast.AspNetCore.Api;

/// <summary>The OpenAPI document: every endpoint that carries an <see cref="EndpointDoc"/> is in it.</summary>
internal sealed class HoldfastOpenApi(EndpointDataSource endpoints) : IOpenApiDocumentTransformer
{
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Holdfast",
            Version = "v1",
            Description = "Events and samples that are durable before they are acknowledged. Errors are problem details (RFC 9457) with every fault listed.",
        };
        document.Paths = [];
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<EndpointDoc>() is { } doc)
            {
                Add(document, endpoint, doc);
            }
        }

        return Task.CompletedTask;
    }

    private static void Add(OpenApiDocument document, RouteEndpoint endpoint, EndpointDoc doc)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
        if (!document.Paths.TryGetValue(path, out var item))
        {
            item = new OpenApiPathItem { Operations = [] };
            document.Paths.Add(path, item);
        }

        foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
        {
            item.Operations![new HttpMethod(method)] = Operation(doc);
        }
    }

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
        In = parameter.InPath ? ParameterLocation.Path : ParameterLocation.Query,
        Required = parameter.Required,
        Description = parameter.Description,
        Schema = new OpenApiSchema { Type = parameter.Type == "integer" ? JsonSchemaType.Integer : JsonSchemaType.String },
    };
}
