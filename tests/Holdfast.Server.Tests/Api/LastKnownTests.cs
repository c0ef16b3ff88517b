using Holdfast.AspNetCore.Api;
using Holdfast.Pipeline;
using Holdfast.Testing;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Api;

/// <summary>What is told while the store is away.</summary>
public class LastKnownTests
{
    private static readonly StoreUnavailableException Gone = new("connection", "The store is gone.", null);

    private readonly ManualTimeProvider _time = new();
    private readonly StoreState _state = new();
    private readonly DefaultHttpContext _context = new();
    private readonly LastKnown<string> _known;

    public LastKnownTests()
    {
        _known = new LastKnown<string>(_state, _time);
        _state.Opened(new StoreIdentity(Guid.CreateVersion7(), 1));
    }

    [Fact]
    public async Task The_last_answer_is_told_with_its_age_and_the_store_is_not_asked()
    {
        var asOf = _time.GetUtcNow();
        var fresh = await _known.ReadAsync(_context, _ => ValueTask.FromResult("two"));
        _time.Advance(TimeSpan.FromMinutes(5));
        _state.Failed(Gone, _time.GetUtcNow());

        var stale = await _known.ReadAsync(_context, _ => throw new InvalidOperationException("Asked."));

        fresh.ShouldBe(new LastKnown<string>.Known("two", asOf, IsStale: false));
        stale.ShouldBe(new LastKnown<string>.Known("two", asOf, IsStale: true));
    }

    [Fact]
    public async Task A_store_that_goes_away_while_it_is_asked_is_the_same()
    {
        await _known.ReadAsync(_context, _ => ValueTask.FromResult("two"));

        (await _known.ReadAsync(_context, _ => throw Gone)).ShouldNotBeNull().IsStale.ShouldBeTrue();
        (await _known.ReadAsync(_context, _ => ValueTask.FromResult("three"))).ShouldNotBeNull().ShouldSatisfyAllConditions(
            known => known.Value.ShouldBe("three"), known => known.IsStale.ShouldBeFalse());
    }

    [Fact]
    public async Task What_was_never_known_is_refused()
    {
        _state.Failed(Gone, _time.GetUtcNow());

        (await _known.ReadAsync(_context, _ => ValueTask.FromResult("two"))).ShouldBeNull();
        _context.Response.StatusCode.ShouldBe(503);
        await Should.ThrowAsync<StoreUnavailableException>(async () =>
        {
            _state.Recovered();
            await _known.ReadAsync(_context, _ => throw Gone);
        });
    }
}
