using Holdfast.Retries;

namespace Holdfast.BuiltIn.Retry;

/// <summary>What is done about a failure event.</summary>
internal abstract record Capture
{
    private Capture()
    {
    }

    /// <summary>Nothing.</summary>
    /// <param name="Because">One of few words, for the metric.</param>
    public sealed record Ignored(string Because) : Capture;

    /// <summary>The operation is executed again.</summary>
    public sealed record Taken(RetryDraft Operation) : Capture;

    /// <summary>There is nothing that could or may be executed: people have to look at it.</summary>
    /// <param name="Why">For them.</param>
    public sealed record NotExecutable(string Why) : Capture;
}
