using FluentAssertions;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.EventStore.InMemory;
using Trading.Projections.Tests.Kit;
using Trading.Projections.TimeTravel;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class UserFoldTests
{
    private static readonly string[] Accounts = ["1", "2"];

    [Fact]
    public async Task A_fold_that_forgets_ended_orders_knows_the_same_working_ones()
    {
        var random = Seeded.Random(41);
        var journal = new InMemoryEventLog(new FakeClock());
        await journal.AppendAsync(
            Some.Alice,
            [.. Enumerable.Range(0, 3_000).Select(i => i % 500 == 499 ? Erased : AnyOfAnOrder(random))]
        );
        var (all, working) = (
            new UserFold(Some.Alice, OrdersWanted.All),
            new UserFold(Some.Alice, OrdersWanted.Working)
        );
        var seen = 0;

        await foreach (var recorded in journal.ReadStreamAsync(all.Stream, default, default))
        {
            all.Take(recorded);
            working.Take(recorded);
            foreach (var account in Accounts)
            {
                var known = all.Working(new(account));
                working.Working(new(account)).Should().Equal(known, $"{recorded.Offset}, seed {Seeded.Seed}");
                seen += known.Count;
            }
        }

        working.Parked.Should().BeNull();
        seen.Should().BePositive();
    }

    private static UserErased Erased => new() { UserKey = Some.Alice.Value };

    private static IMessage AnyOfAnOrder(Random random)
    {
        var account = Accounts[random.Next(Accounts.Length)];
        var id = $"{random.Next(1, 6)}";
        return random.Next(7) switch
        {
            0 => new OrderAccepted { AccountId = account, Order = Some.Order(id) },
            1 => new OrderAmended { AccountId = account, Order = Some.Order(id, 100) },
            2 => new OrderFilled
            {
                AccountId = account,
                Order = Some.Order(id, 100),
                Complete = random.Next(2) == 0,
            },
            3 => new OrderCancelled { AccountId = account, Order = Some.Order(id) },
            4 => new OrderExpired { AccountId = account, Order = Some.Order(id) },
            5 => new OrderRejected
            {
                AccountId = account,
                OrderId = id,
                Code = "NO",
                Request = random.Next(2) == 0 ? "order" : "cancel",
            },
            _ => new OrderRejected
            {
                AccountId = account,
                Order = Some.Order(id),
                Code = "NO",
                Request = random.Next(2) == 0 ? "amend" : "cancel",
            },
        };
    }
}
