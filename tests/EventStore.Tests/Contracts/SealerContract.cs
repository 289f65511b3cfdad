using System.Security.Cryptography;
using FluentAssertions;
using Trading.Domain;
using Trading.EventStore.Secrets;
using Xunit;

namespace Trading.EventStore.Tests.Contracts;

/// <summary>What every sealer must do.</summary>
public abstract class SealerContract
{
    private static readonly UserKey Ann = UserKey.Of("ann");
    private static readonly UserKey Bob = UserKey.Of("bob");

    protected abstract UserKeySealer Sealer { get; }

    [Fact]
    public async Task Only_the_owner_opens_what_was_sealed()
    {
        var box = await Sealer.SealAsync(Ann, "a token", default);

        (await Sealer.OpenAsync(Ann, box, default)).Should().Be("a token");
        (await Sealer.OpenAsync(Bob, box, default)).Should().BeNull();
        await Sealer.SealAsync(Bob, "bob's", default);
        (await Sealer.OpenAsync(Bob, box, default)).Should().BeNull();
    }

    [Fact]
    public async Task Two_seals_of_one_text_differ_and_hide_it()
    {
        var one = await Sealer.SealAsync(Ann, "a token", default);
        var two = await Sealer.SealAsync(Ann, "a token", default);

        one.Should().NotEqual(two);
        System.Text.Encoding.UTF8.GetString(one).Should().NotContain("token");
    }

    [Fact]
    public async Task Every_changed_byte_is_noticed()
    {
        var box = await Sealer.SealAsync(Ann, "a token", default);
        for (var i = 0; i < box.Length; i++)
        {
            var changed = box.ToArray();
            changed[i] ^= 1;
            (await Sealer.OpenAsync(Ann, changed, default)).Should().BeNull();
        }

        (await Sealer.OpenAsync(Ann, box.AsMemory(0, 10), default)).Should().BeNull();
    }

    [Fact]
    public async Task When_a_key_is_destroyed_nothing_sealed_with_it_opens_ever_again()
    {
        var carol = UserKey.Of("carol");
        var box = await Sealer.SealAsync(carol, "an e-mail", default);

        (await Sealer.DestroyAsync(carol, default)).Should().BeTrue();

        (await Sealer.OpenAsync(carol, box, default)).Should().BeNull();
        (await Sealer.DestroyAsync(carol, default)).Should().BeFalse();
        var again = await Sealer.SealAsync(carol, "back again", default);
        (await Sealer.OpenAsync(carol, again, default)).Should().Be("back again");
        (await Sealer.OpenAsync(carol, box, default)).Should().BeNull();
    }

    [Fact]
    public async Task First_seals_at_once_agree_on_one_key()
    {
        var dave = UserKey.Of("dave" + RandomNumberGenerator.GetHexString(8));

        var boxes = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => Task.Run(() => Sealer.SealAsync(dave, $"{i}", default).AsTask()))
        );

        for (var i = 0; i < boxes.Length; i++)
        {
            (await Sealer.OpenAsync(dave, boxes[i], default)).Should().Be($"{i}");
        }
    }
}
