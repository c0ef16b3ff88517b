using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

/// <summary>What is written down of what a person wants of the store.</summary>
public sealed class OperatorActionTests
{
    private readonly List<string> _recorded = [];

    [Fact]
    public async Task What_is_answered_is_written_down_by_whoever_asked()
    {
        (await OperatorAction.AskAsync(() => ValueTask.FromResult(7), RecordAsync)).ShouldBe(7);

        _recorded.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("connection")]
    [InlineData("timeout")]
    public async Task Where_the_answer_is_lost_it_may_have_been_done(string code)
    {
        await Should.ThrowAsync<StoreUnavailableException>(OperatorAction.AskAsync(() => ValueTask.FromException<int>(Lost(code)), RecordAsync));

        _recorded.ShouldBe(["""{"outcome":"unknown","fault":"gone"}"""]);
    }

    [Fact]
    public async Task Where_the_caller_is_gone_it_may_have_been_done()
    {
        await Should.ThrowAsync<OperationCanceledException>(OperatorAction.AskAsync(() => ValueTask.FromException<int>(new OperationCanceledException("gone")), RecordAsync));

        _recorded.ShouldBe(["""{"outcome":"unknown","fault":"gone"}"""]);
    }

    [Fact]
    public async Task What_was_never_asked_of_the_store_was_not_done()
    {
        await Should.ThrowAsync<StoreUnavailableException>(
            OperatorAction.AskAsync(() => ValueTask.FromException<int>(Lost(StoreUnavailableException.CircuitOpen)), RecordAsync));

        _recorded.ShouldBeEmpty();
    }

    private static StoreUnavailableException Lost(string code) => new(code, "gone", inner: null);

    private ValueTask RecordAsync(Action<Utf8JsonWriter> details)
    {
        _recorded.Add(OperatorAction.Details(details));
        return ValueTask.CompletedTask;
    }
}
