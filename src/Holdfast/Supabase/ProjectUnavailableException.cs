using Holdfast.Resilience;

namespace Holdfast.Supabase;

/// <summary>The project has a fault of its own: what was sent is sent again.</summary>
internal sealed class ProjectUnavailableException(ProjectAnswer answer) : Exception($"The project answered {(int)answer.Status}."), IClassifiedFailure
{
    public ProjectAnswer Answer => answer;

    public string Reason => $"status {(int)answer.Status}";
}
