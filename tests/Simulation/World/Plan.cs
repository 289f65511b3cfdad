namespace Trading.Simulation.World;

/// <summary>What somebody does or what befalls the world at one moment.</summary>
/// <param name="Number">Its place in the whole plan, from 1.</param>
/// <param name="At">Since the beginning.</param>
/// <param name="Kind">What.</param>
/// <param name="Seed">Decides its details, whatever else happens.</param>
internal sealed record Deed(int Number, TimeSpan At, DeedKind Kind, int Seed)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Number}: {Kind} at {At:mm\\:ss\\.fff}";
}

/// <summary>Kinds of deeds.</summary>
internal enum DeedKind
{
    Trade,
    Unexplained,
    Leverage,
    Want,
    Release,
    Grant,
    Identify,
    Select,
    Start,
    Stop,
    Revoke,
    BreakLink,
    BreakAllLinks,
    BrokerAway,
    ExpireTokens,
    WithdrawConsent,
    Crash,
    Restart,
    Pause,
    KillReaders,
    StoreAway,
    WipeSnapshots,
}

/// <summary>All deeds of one world, drawn from its seed. Leaving some out leaves the others as they are, so that a failing plan
/// can be cut down.</summary>
internal sealed record Plan(int Seed, IReadOnlyList<Deed> Deeds)
{
    private static readonly (DeedKind Kind, int Weight)[] Weights =
    [
        (DeedKind.Trade, 60),
        (DeedKind.Unexplained, 2),
        (DeedKind.Leverage, 1),
        (DeedKind.Want, 6),
        (DeedKind.Release, 6),
        (DeedKind.Grant, 2),
        (DeedKind.Identify, 1),
        (DeedKind.Select, 2),
        (DeedKind.Start, 4),
        (DeedKind.Stop, 2),
        (DeedKind.Revoke, 1),
        (DeedKind.BreakLink, 6),
        (DeedKind.BreakAllLinks, 1),
        (DeedKind.BrokerAway, 1),
        (DeedKind.ExpireTokens, 2),
        (DeedKind.WithdrawConsent, 1),
        (DeedKind.Crash, 4),
        (DeedKind.Restart, 1),
        (DeedKind.Pause, 1),
        (DeedKind.KillReaders, 1),
        (DeedKind.StoreAway, 2),
        (DeedKind.WipeSnapshots, 1),
    ];

    /// <summary>The plan of a seed.</summary>
    public static Plan Of(int seed)
    {
        var random = new Random(seed);
        // Not all kinds in every world: a fault shows more of itself where others do not hide it.
        var kinds = Weights.Where(kind => kind.Kind <= DeedKind.Start || random.Next(100) < 60).ToArray();
        var total = kinds.Sum(kind => kind.Weight);
        var at = TimeSpan.FromSeconds(5);
        var pace = random.Next(200, 6_000);
        var deeds = new List<Deed>();
        for (var left = random.Next(30, 160); left > 0; left--)
        {
            at += TimeSpan.FromMilliseconds(random.Next(1, pace));
            deeds.Add(new(deeds.Count + 1, at, Draw(kinds, random.Next(total)), random.Next()));
        }

        return new(seed, deeds);
    }

    /// <summary>The plan without some of its deeds.</summary>
    public Plan Without(IReadOnlySet<Deed> left) =>
        this with
        {
            Deeds = [.. Deeds.Where(deed => !left.Contains(deed))],
        };

    private static DeedKind Draw((DeedKind Kind, int Weight)[] kinds, int drawn)
    {
        foreach (var (kind, weight) in kinds)
        {
            if (drawn < weight)
            {
                return kind;
            }

            drawn -= weight;
        }

        return DeedKind.Trade;
    }
}
