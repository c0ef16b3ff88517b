using Microsoft.AspNetCore.Http;
using Written = Holdfast.AspNetCore.Api.Answer;

namespace Holdfast.Server.Tests.Api;

public sealed class AnswerTests
{
    [Fact]
    public async Task A_long_answer_is_handed_over_in_stretches()
    {
        using var body = new StretchesStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        var kilobyte = new string('x', 1_000);

        await Written.ItemsAsync(
            context, Enumerable.Repeat(kilobyte, 1_000).ToArray(), (json, item) => json.WriteStringValue(item), json => json.WriteNull("next_cursor"));

        body.Stretches.Sum().ShouldBeGreaterThan(1_000_000);
        body.Stretches.Max().ShouldBeLessThanOrEqualTo(Written.StretchBytes);
        context.Response.ContentLength.ShouldBe(body.Length);
    }

    [Fact]
    public async Task A_fault_in_the_middle_leaves_no_part_of_an_answer()
    {
        using var body = new StretchesStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        var items = Enumerable.Range(0, 2_000).ToArray();

        await Should.ThrowAsync<InvalidOperationException>(() => Written.ItemsAsync(
            context,
            items,
            (json, item) => json.WriteStringValue(item < 1_500 ? new string('x', 1_000) : throw new InvalidOperationException("Half-way.")),
            json => json.WriteNull("next_cursor")));

        body.Length.ShouldBe(0);
        context.Response.ContentLength.ShouldBeNull();
    }

    /// <summary>Notes how much was written between two flushes.</summary>
    private sealed class StretchesStream : MemoryStream
    {
        private long _seen;

        public List<long> Stretches { get; } = [];

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Stretches.Add(Length - _seen);
            _seen = Length;
            return Task.CompletedTask;
        }
    }
}
