using FluentAssertions;
using Trading.Domain;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Accounts;
using Trading.Projections.Tests.Kit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class AccountProjectionTests : IAsyncLifetime
{
    private ReadSide _side = null!;

    public async Task InitializeAsync() => _side = await ReadSide.StartAsync();

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task One_read_answers_all_that_an_account_is_and_holds()
    {
        var offset = await _side.GivenAsync(
            Some.Alice,
            [.. Some.Connected(Some.Alice, 10_000.50m), Some.Opened(Some.Position("p1"))]
        );

        var account = await Current(Some.Alice);

        account
            .Should()
            .BeEquivalentTo(
                new
                {
                    User = Some.Alice,
                    Account = new AccountId(Some.Account),
                    IsKnown = true,
                    Environment = BrokerEnvironment.Demo,
                    Currency = "USD",
                    MoneyDigits = 2,
                    Login = "3000111",
                    BrokerName = "Sandbox",
                    AccountType = "hedged",
                    AccessRights = "full_access",
                    MarginRule = MarginRule.Max,
                    Balance = 10_000.50m,
                    LeverageInCents = 10_000u,
                }
            );
        account!.Stamp.Offset.Should().Be(offset);
        account.Stamp.WrittenAt.Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(20));
        account.ValueAt(Quotes(("EURUSD", 1.1012m)))!.Equity.Should().Be(10_000.50m + 12m - 0.25m);
    }

    [Fact]
    public async Task A_position_carries_its_way_to_the_account_currency()
    {
        await _side.GivenAsync(
            Some.Alice,
            [
                .. Some.Connected(Some.Alice),
                Some.Opened(Some.Position("p1", "EURUSD")),
                Some.Opened(Some.Position("p2", "USDJPY", Side.Sell, 150m)),
                Some.Opened(Some.Position("p3", "EURGBP", price: 0.85m)),
                Some.Opened(Some.Position("p4", "UNLISTED")),
            ]
        );

        var positions = (await Current(Some.Alice))!.Positions.Select(held => held.Position).ToList();

        positions.Select(position => position.Id.Value).Should().Equal("p1", "p2", "p3", "p4");
        positions[0].Conversion.Should().BeEmpty();
        positions[1].Conversion.Should().Equal(new ConversionStep(new("USDJPY"), Divide: true));
        positions[2].Conversion.Should().Equal(new ConversionStep(new("GBPUSD"), Divide: false));
        positions[3].Conversion.Should().BeNull();
    }

    [Fact]
    public async Task Conversions_are_found_whatever_comes_first_listing_currency_or_position()
    {
        await _side.GivenAsync(
            Some.Alice,
            Some.Started(Some.Alice),
            Some.Opened(Some.Position("p1", "USDJPY")),
            Some.Symbols()
        );
        await _side.GivenAsync(Some.Alice, Some.Described(Some.Alice));
        var first = (await Current(Some.Alice))!.Positions.Single().Position.Conversion;
        await _side.GivenAsync(Some.Alice, Some.Opened(Some.Position("p2", "EURGBP")));
        var second = (await Current(Some.Alice))!.Positions[1].Position.Conversion;

        first.Should().Equal(new ConversionStep(new("USDJPY"), Divide: true));
        second.Should().Equal(new ConversionStep(new("GBPUSD"), Divide: false));
    }

    [Fact]
    public async Task Changes_of_a_position_show_in_the_account_and_a_closed_one_leaves_it()
    {
        await _side.GivenAsync(
            Some.Alice,
            [
                .. Some.Connected(Some.Alice),
                Some.Opened(Some.Position("p1")),
                Some.Opened(Some.Position("p2")),
                new PositionChanged
                {
                    AccountId = Some.Account,
                    Position = Some.Position("p1", volume: 7),
                    Cause = "volume",
                },
                new MarginChanged
                {
                    AccountId = Some.Account,
                    PositionId = "p1",
                    UsedMargin = 3.21m.ToEvent(),
                },
                new SwapCharged
                {
                    AccountId = Some.Account,
                    PositionId = "p1",
                    Swap = (-1.5m).ToEvent(),
                },
                Some.Closed("p2"),
            ]
        );

        var position = (await Current(Some.Alice))!.Positions.Should().ContainSingle().Subject.Position;

        (position.Id.Value, position.Volume, position.UsedMargin, position.Swap).Should().Be(("p1", 7, 3.21m, -1.5m));
    }

    [Fact]
    public async Task The_account_chosen_last_is_the_current_one_and_the_other_keeps_its_figures()
    {
        await _side.GivenAsync(Some.Alice, [.. Some.Connected(Some.Alice, 100m)]);
        await _side.GivenAsync(
            Some.Alice,
            new AccountSelected { AccountId = "2", Environment = BrokerEnvironment.Live },
            Some.Described(Some.Alice, "2", "EUR"),
            Some.Balance(200m, 200m, "2")
        );
        var other = await Current(Some.Alice);
        await _side.GivenAsync(
            Some.Alice,
            new AccountSelected { AccountId = Some.Account, Environment = BrokerEnvironment.Demo }
        );
        var back = await Current(Some.Alice);

        (other!.Account.Value, other.Balance, other.Currency).Should().Be(("2", 200m, "EUR"));
        (back!.Account.Value, back.Balance).Should().Be((Some.Account, 100m));
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, new AccountId("2"), default))!
            .Balance.Should()
            .Be(200m);
    }

    [Fact]
    public async Task An_account_that_the_broker_has_not_described_yet_has_no_worth()
    {
        await _side.GivenAsync(Some.Alice, Some.Started(Some.Alice));

        var account = await Current(Some.Alice);

        account!.IsKnown.Should().BeFalse();
        account.Balance.Should().BeNull();
        account.ValueAt(_ => null).Should().BeNull();
    }

    [Fact]
    public async Task Every_digit_of_an_amount_survives()
    {
        await _side.GivenAsync(
            Some.Alice,
            Some.Started(Some.Alice),
            Some.Balance(123_456_789_012.345678m, 0m),
            new BonusChanged
            {
                AccountId = Some.Account,
                ManagerBonus = 0.000000000000000001m.ToEvent(),
                IbBonus = (-1.10m).ToEvent(),
            }
        );

        var account = (await Current(Some.Alice))!;

        account.Balance.Should().Be(123_456_789_012.345678m);
        account.ManagerBonus.Should().Be(0.000000000000000001m);
        account.IbBonus.Should().Be(-1.10m);
    }

    private Task<AccountView?> Current(UserKey user) => new AccountQueries(_side.Sources).FindAsync(user, default);

    private static Func<SymbolName, Quote?> Quotes(params (string Symbol, decimal Bid)[] quotes)
    {
        var book = quotes.ToDictionary(quote => quote.Symbol, quote => Price.From(quote.Bid));
        return symbol => book.TryGetValue(symbol.Value, out var bid) ? new Quote(bid, bid) : null;
    }
}
