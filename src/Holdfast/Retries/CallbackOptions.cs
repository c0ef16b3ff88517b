namespace Holdfast.Retries;

/// <summary>How callbacks are made.</summary>
internal sealed record CallbackOptions
{
    /// <summary>Signs what is sent. Null or empty: nothing is signed (<c>HOLDFAST_CALLBACK_SECRET</c>).</summary>
    public string? Secret { get; init; }

    /// <summary>What may be called although it is not public (<c>HOLDFAST_CALLBACK_ALLOW</c>). Default: nothing.</summary>
    public CallbackAllowList Allow { get; init; } = CallbackAllowList.Empty;
}
