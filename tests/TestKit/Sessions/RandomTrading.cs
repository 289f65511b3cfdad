using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.TestKit.Sessions;

/// <summary>Does random things to a simulated account.</summary>
public static class RandomTrading
{
    /// <summary>A while passes; then one random deed and the broker's words about it.</summary>
    public static List<BrokerReport> Step(SimulatedAccount account, Random random)
    {
        account.Wait(TimeSpan.FromMilliseconds(random.Next(0, 90_000)));
        return Act(account, random);
    }

    /// <summary>One random deed and the broker's words about it.</summary>
    public static List<BrokerReport> Act(SimulatedAccount account, Random random)
    {
        var position = Any(account.Positions.Keys, random);
        var order = Any(account.Orders.Values.Where(o => o.Type == "limit").Select(o => o.OrderId), random);
        return random.Next(12) switch
        {
            0 => account.Move(random.Next(1, 100_000) / 100m),
            1 => account.Move(-random.Next(1, 10_000) / 100m),
            2 or 3 => account.Open(AnySide(random), random.Next(1, 50) * 100_000, Price(random), random.Next(1, 4)),
            4 => account.Place(
                AnySide(random),
                random.Next(2, 50) * 100_000,
                Price(random),
                random.Next(2) == 0 ? TimeSpan.FromMinutes(random.Next(1, 60)) : null
            ),
            5 or 6 when position is not null => Close(account, position, random),
            7 when position is not null => account.Protect(
                position,
                random.Next(3) == 0 ? null : Price(random),
                random.Next(3) == 0 ? null : Price(random)
            ),
            8 when position is not null => account.Swap(position, -random.Next(1, 500) / 100m),
            9 when position is not null => account.Margin(position, random.Next(1, 50_000) / 100m),
            10 when order is not null => Fill(account, order, random),
            11 when order is not null => random.Next(3) switch
            {
                0 => account.Amend(order, Price(random)),
                1 => account.End(order, OrderStepKind.Cancelled),
                _ => account.End(order, OrderStepKind.Expired),
            },
            _ => account.Open(AnySide(random), 100_000, Price(random)),
        };
    }

    private static List<BrokerReport> Close(SimulatedAccount account, string position, Random random)
    {
        var volume = account.Positions[position].Volume;
        var part = random.Next(3) == 0 && volume > 100_000 ? volume / 200_000 * 100_000 : volume;
        return account.Close(position, part, Price(random));
    }

    private static List<BrokerReport> Fill(SimulatedAccount account, string order, Random random)
    {
        var left = account.Orders[order].Volume - account.Orders[order].ExecutedVolume;
        return account.FillOrder(order, random.Next(2) == 0 && left > 100_000 ? 100_000 : left);
    }

    private static string? Any(IEnumerable<string> ids, Random random)
    {
        var all = ids.Order(StringComparer.Ordinal).ToArray();
        return all.Length == 0 ? null : all[random.Next(all.Length)];
    }

    private static Side AnySide(Random random) => random.Next(2) == 0 ? Side.Buy : Side.Sell;

    private static decimal Price(Random random) => 1m + (random.Next(0, 20_000) / 100_000m);
}
