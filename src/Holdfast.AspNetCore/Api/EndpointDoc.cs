namespace Holdfast.AspNetCore.Api;

/// <summary>What the OpenAPI document says of an endpoint.</summary>
/// <param name="Id">Operation id.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Parameters">Parameters of the query string.</param>
/// <param name="Answers">Status codes with what they mean.</param>
internal sealed record EndpointDoc(string Id, string Summary, IReadOnlyList<ParameterDoc> Parameters, IReadOnlyList<(int Status, string Meaning)> Answers)
{
    /// <summary>Content types of the body that is asked for; empty when the request has none.</summary>
    public IReadOnlyList<string> Body { get; init; } = [];

    /// <summary>Content type of a good answer. Default: JSON.</summary>
    public string ContentType { get; init; } = "application/json";
}

/// <summary>A parameter of a query string.</summary>
internal sealed record ParameterDoc(string Name, string Type, string Description, bool Required = false);
