namespace Holdfast.AspNetCore.Api;

/// <summary>What the OpenAPI document says of an endpoint.</summary>
/// <param name="Id">Operation id.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Parameters">Parameters of the query string.</param>
/// <param name="Answers">Status codes with what they mean.</param>
internal sealed record EndpointDoc(string Id, string Summary, IReadOnlyList<ParameterDoc> Parameters, IReadOnlyList<(int Status, string Meaning)> Answers)
{
    /// <summary>The body that it takes. Null: none.</summary>
    public BodyDoc? Body { get; init; }

    /// <summary>Content type of a good answer. Default: JSON.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Content types of every answer, where a protocol of its own prescribes them. Null: of a good one as above, a problem otherwise.</summary>
    public IReadOnlyList<string>? AnswerTypes { get; init; }
}

/// <summary>A parameter of a query string, or of the path.</summary>
internal sealed record ParameterDoc(string Name, string Type, string Description, bool Required = false)
{
    /// <summary>Part of the path.</summary>
    public bool InPath { get; init; }

    /// <summary>A header of the request.</summary>
    public bool InHeader { get; init; }
}

/// <summary>A body.</summary>
internal sealed record BodyDoc(IReadOnlyList<string> Types, bool Required, string? Description = null);
