using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary>What replay and discard share: letters by number, or all that match.</summary>
internal sealed class Bulk
{
    private readonly Argument<long[]> _ids = new("id") { Description = "Numbers of dead letters.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _all = new("--all") { Description = "All that are neither recovered nor discarded." };
    private readonly Option<int> _limit = new("--limit") { Description = "At most so many, the oldest first; 1 to 10000.", DefaultValueFactory = _ => 1_000 };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count." };
    private readonly Option<string> _reason = DlqCommand.Reason();
    private readonly FilterOptions _filter = LetterFilters.Create();

    public Bulk AddTo(Command command)
    {
        command.Arguments.Add(_ids);
        _filter.AddTo(command);
        command.Options.Add(_all);
        command.Options.Add(_limit);
        command.Options.Add(_dryRun);
        command.Options.Add(_reason);
        return this;
    }

    public IReadOnlyList<long> Ids(Session session) => session.Arguments.GetValue(_ids) ?? [];

    public JsonObject ReasonBody(Session session) => session.Arguments.GetValue(_reason) is { } reason ? new JsonObject { ["reason"] = reason } : [];

    /// <summary>Either numbers or filters have to be said: nobody means all by saying nothing.</summary>
    public void Check(Session session)
    {
        var (byNumber, byFilter) = (Ids(session).Count > 0, _filter.Any(session.Arguments) || session.Arguments.GetValue(_all));
        if (byNumber == byFilter)
        {
            throw new UsageException(byNumber ? "Say numbers or filters, not both." : "Which ones? Say their numbers, a filter such as --status failed, or --all.");
        }
    }

    public bool IsDryRun(Session session) => session.Arguments.GetValue(_dryRun);

    public Task<JsonElement> RunAsync(Session session, string verb, CancellationToken cancellationToken)
    {
        var body = ReasonBody(session);
        body["filter"] = _filter.Body(session.Arguments);
        body["limit"] = session.Arguments.GetValue(_limit);
        body["dry_run"] = IsDryRun(session);
        return session.WorkAsync($"{DlqCommand.Path}/{verb}", body, cancellationToken);
    }
}
