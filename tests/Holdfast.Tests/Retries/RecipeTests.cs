using System.Text.Json;
using Holdfast.Retries;
using Holdfast.Testing;
using Recipes;

namespace Holdfast.Tests.Retries;

/// <summary>A test of a user's own handler, as docs/recipes/retries.md shows it.</summary>
public class RecipeTests
{
    [Fact]
    public async Task A_charge_is_made_at_the_third_attempt()
    {
        var bank = new BusyBank(busyFor: 2);
        var order = JsonSerializer.SerializeToElement(new { order = 17, cents = 4200 });

        var run = await new RetryRehearsal(new ChargeCard(bank)).RunAsync(new RetryDraft { OperationType = "charge_card", Payload = order });

        run.Status.ShouldBe(RetryStatus.Completed);
        run.Attempts.Select(attempt => attempt.Delay?.TotalSeconds).ShouldBe([5, 10, null]);
    }

    private sealed class BusyBank(int busyFor) : IBank
    {
        private int _calls;

        public Task<BankAnswer> ChargeAsync(JsonElement order, string? key, CancellationToken cancellationToken) =>
            ++_calls <= busyFor ? throw new TimeoutException("The bank is busy.") : Task.FromResult(new BankAnswer(Declined: false));
    }
}
