using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>Any events of a few users in any order: nothing a projection may rely on holds in them but their form.</summary>
internal static class RandomJournal
{
    public static async Task AppendAsync(IEventLog log, Random random, int events, bool erasures = true)
    {
        var users = Enumerable.Range(0, 4).Select(index => UserKey.Of($"user-{index}")).ToArray();
        for (var left = events; left > 0; )
        {
            var user = users[random.Next(users.Length)];
            var together = Math.Min(left, random.Next(1, 6));
            await log.AppendAsync(
                user,
                Enumerable.Range(0, together).Select(_ => Any(random, user, erasures)).ToArray()
            );
            left -= together;
        }
    }

    private static IMessage Any(Random random, UserKey user, bool erasures)
    {
        var account = $"{random.Next(1, 3)}";
        var id = $"{random.Next(1, 6)}";
        var amount = random.Next(-100_000, 100_000) / 100m;
        return random.Next(erasures ? 21 : 20) switch
        {
            0 => Some.Started(user, account),
            20 => new UserErased { UserKey = user.Value },
            1 => new SessionConnected { AccountId = account, Attempt = (uint)random.Next(1, 5) },
            2 => new LinkLost { Reason = "closed", Code = "" },
            3 => new AccountSelected { AccountId = account, Environment = BrokerEnvironment.Live },
            4 => Some.Described(user, account, random.Next(2) == 0 ? "USD" : "JPY"),
            5 => Some.Symbols(account),
            6 => new SubscriptionAdded { SymbolId = 1, Symbol = $"S{id}" },
            7 => new SubscriptionRemoved { SymbolId = 1, Symbol = $"S{id}" },
            8 or 9 => Some.Balance(amount, amount, account),
            10 => Some.Opened(Some.Position(id, random.Next(2) == 0 ? "EURUSD" : "USDJPY"), account),
            11 => new PositionChanged
            {
                AccountId = account,
                Position = Some.Position(id),
                Cause = "volume",
            },
            12 => Some.Closed(id, account),
            13 => new MarginChanged
            {
                AccountId = account,
                PositionId = id,
                UsedMargin = amount.ToEvent(),
            },
            14 => new SwapCharged
            {
                AccountId = account,
                PositionId = id,
                Swap = amount.ToEvent(),
                Delta = amount.ToEvent(),
            },
            15 => new OrderAccepted { AccountId = account, Order = Some.Order(id) },
            16 => new OrderFilled
            {
                AccountId = account,
                Order = Some.Order(id, 100),
                DealId = id,
                Complete = random.Next(2) == 0,
            },
            17 => new OrderRejected
            {
                AccountId = account,
                OrderId = id,
                Code = "NO",
                Request = random.Next(2) == 0 ? "order" : "cancel",
            },
            18 => Some.Deal(id),
            _ => new UserIdentified
            {
                UserKey = user.Value,
                SealedUserId = ByteString.CopyFromUtf8("sealed"),
                EmailKey = UserKey.Of($"{id}@example.com").Value,
                SealedEmail = ByteString.CopyFromUtf8("sealed too"),
            },
        };
    }
}
