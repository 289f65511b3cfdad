using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Trading.TestKit;

/// <summary>
/// Random inputs that can be had again: every run prints nothing unless it fails, and a failure names its seed. Set
/// <c>TRADING_TEST_SEED</c> to repeat it.
/// </summary>
public static class Seeded
{
    /// <summary>The environment variable that fixes the seed.</summary>
    public const string Variable = "TRADING_TEST_SEED";

    // Any odd number serves; this one has well-mixed bits.
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The seed of this run.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var given)
            ? given
            : Environment.TickCount;

    /// <summary>A random source for one test; different tests pass different salts to stay independent of each other.</summary>
    public static Random Random(int salt = 0) => new(unchecked((Seed * 397) ^ salt));

    /// <summary>The settings properties are checked with; a failure prints the replay string and the seed of the run.</summary>
    /// <param name="cases">How many cases are tried.</param>
    public static Config Config(int cases = 200) =>
        FsCheck
            .Config.QuickThrowOnFailure.WithMaxTest(cases)
            .WithName(string.Create(CultureInfo.InvariantCulture, $"{Variable}={Seed}"))
            .WithReplay(unchecked((ulong)Seed), Gamma);

    /// <summary>A generator that draws from an ordinary <see cref="System.Random"/>, for values that are easier written by hand.</summary>
    public static Gen<T> From<T>(Func<Random, T> make) =>
        Gen.Choose(0, int.MaxValue).Select(seed => make(new Random(seed)));
}
