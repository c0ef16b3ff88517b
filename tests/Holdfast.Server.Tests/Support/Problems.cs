using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>What every error answer promises.</summary>
internal static class Problems
{
    /// <summary>The answer is a problem with this status; returns it.</summary>
    public static JsonElement ShouldBeProblem(this Answer answer, int status)
    {
        answer.Status.ShouldBe(status, answer.Body);
        answer.ContentType.ShouldBe("application/problem+json");
        var problem = answer.Json;
        problem.GetProperty("type").GetString().ShouldBe("about:blank");
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrWhiteSpace();
        problem.GetProperty("instance").GetString()!.ShouldStartWith("/");
        return problem;
    }

    /// <summary>Errors as <c>rule field</c>, each with a message.</summary>
    public static string[] RulesAndFields(this JsonElement withErrors) =>
        [.. withErrors.GetProperty("errors").EnumerateArray().Select(error =>
        {
            error.GetProperty("message").GetString().ShouldNotBeNullOrWhiteSpace();
            return $"{error.GetProperty("rule").GetString()} {error.GetProperty("field").GetString()}";
        })];

    /// <summary>Seconds after which the client is asked to come back.</summary>
    public static int ShouldSayWhenToComeBack(this Answer answer)
    {
        var seconds = int.Parse(answer.Header("Retry-After").ShouldNotBeNull());
        seconds.ShouldBeInRange(1, 60);
        return seconds;
    }
}
