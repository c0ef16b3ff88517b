using Holdfast.Access;
using Holdfast.Testing;

namespace Holdfast.Tests.Access;

public sealed class KeyRingTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly KeyRing _ring;

    public KeyRingTests() => _ring = new KeyRing(_time);

    [Fact]
    public void A_good_key_names_its_owner_and_is_noted_as_used()
    {
        var (key, text) = Make("ana", AccessRole.Operator);
        _ring.Replace([key], everHad: false);

        var caller = _ring.Judge(text).Caller.ShouldNotBeNull();

        (caller.Name, caller.Role, caller.KeyId).ShouldBe(("ana", AccessRole.Operator, key.Id));
        _ring.TakeUses().ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create(key.Id, _time.GetUtcNow()));
        _ring.TakeUses().ShouldBeEmpty();
    }

    [Fact]
    public void A_wrong_secret_is_not_known_and_is_told_nothing_of_the_key()
    {
        var (key, text) = Make("ana", AccessRole.Admin);
        _ring.Replace([key with { RevokedAt = _time.GetUtcNow() }], everHad: false);

        var wrong = text[..^1] + (text[^1] == '0' ? '1' : '0');

        _ring.Judge(wrong).ShouldBe(KeyVerdict.Bad(CredentialFault.Unknown, "The key is not known."));
        _ring.Judge(text).Fault.ShouldBe("The key has been revoked.");
        _ring.TakeUses().ShouldBeEmpty();
    }

    [Fact]
    public void A_key_expires_to_the_instant()
    {
        var (key, text) = Make("soon", AccessRole.Viewer);
        _ring.Replace([key with { ExpiresAt = _time.GetUtcNow().AddMinutes(1) }], everHad: false);
        var caller = _ring.Judge(text).Caller.ShouldNotBeNull();

        _time.Advance(TimeSpan.FromSeconds(59));
        _ring.IsStillGood(caller).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));

        _ring.IsStillGood(caller).ShouldBeFalse();
        _ring.Judge(text).Fault.ShouldBe("The key has expired.");
        _ring.AnyGood.ShouldBeFalse();
    }

    [Fact]
    public void Once_there_was_a_key_the_door_stays_closed()
    {
        _ring.EverHad.ShouldBeFalse();

        _ring.Replace([Make("ana", AccessRole.Admin).Key], _ring.EverHad);
        _ring.Replace([], _ring.EverHad);

        _ring.EverHad.ShouldBeTrue();
    }

    private static (ApiKey Key, string Text) Make(string name, AccessRole role)
    {
        var (id, text, hash) = KeyText.Make();
        return (new ApiKey { Id = id, Name = name, Role = role, Hash = hash, CreatedAt = default, CreatedBy = "local" }, text);
    }
}
