using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Accounts;

/// <summary>What each account is and holds.</summary>
internal sealed class AccountProjection()
    : JournalProjection<AccountView>(
        AccountTable.Table,
        SessionStarted.Descriptor,
        AccountSelected.Descriptor,
        AccountDescribed.Descriptor,
        BalanceChanged.Descriptor,
        LeverageChanged.Descriptor,
        BonusChanged.Descriptor,
        SymbolsListed.Descriptor,
        PositionOpened.Descriptor,
        PositionChanged.Descriptor,
        PositionClosed.Descriptor,
        MarginChanged.Descriptor,
        SwapCharged.Descriptor
    )
{
    // Accounts of one currency are offered the same: as long as the next is equal it is the same in memory too.
    private volatile byte[] _latestMarkets = [];

    public override ReadModel Model => ReadModel.Accounts;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.DecodeForFold() switch
        {
            SessionStarted started => recorded.KeyOf(started.AccountId),
            AccountSelected selected => recorded.KeyOf(selected.AccountId),
            AccountDescribed described => recorded.KeyOf(described.AccountId),
            BalanceChanged changed => recorded.KeyOf(changed.AccountId),
            LeverageChanged changed => recorded.KeyOf(changed.AccountId),
            BonusChanged changed => recorded.KeyOf(changed.AccountId),
            SymbolsListed listed => recorded.KeyOf(listed.AccountId),
            PositionOpened opened => recorded.KeyOf(opened.AccountId),
            PositionChanged changed => recorded.KeyOf(changed.AccountId),
            PositionClosed closed => recorded.KeyOf(closed.AccountId),
            MarginChanged changed => recorded.KeyOf(changed.AccountId),
            SwapCharged charged => recorded.KeyOf(charged.AccountId),
            var other => throw new InvalidOperationException($"No rule for {other.Descriptor.Name}."),
        };

    protected override RowKey KeyOf(AccountView row) => new(row.User.Value, row.Account.Value);

    protected override AccountView Apply(AccountView? row, RecordedEvent recorded)
    {
        row ??= new()
        {
            User = recorded.UserOf(),
            Account = new(KeyOf(recorded)!.Value.Account),
            Stamp = default,
        };
        var next = recorded.DecodeForFold() switch
        {
            SessionStarted started => Chosen(row, started.Environment, recorded),
            AccountSelected selected => Chosen(row, selected.Environment, recorded),
            AccountDescribed described => Described(row, described),
            BalanceChanged changed => row with
            {
                Balance = changed.Balance.ToDecimal(),
                BalanceVersion = changed.BalanceVersion,
            },
            LeverageChanged changed => row with { LeverageInCents = changed.LeverageInCents },
            BonusChanged changed => row with
            {
                ManagerBonus = changed.ManagerBonus.ToDecimal(),
                IbBonus = changed.IbBonus.ToDecimal(),
                NonWithdrawableBonus = changed.NonWithdrawableBonus.ToDecimal(),
            },
            SymbolsListed listed => Listed(row, listed),
            PositionOpened opened => row with { Positions = AccountPositions.With(row, opened.Position) },
            PositionChanged changed => row with { Positions = AccountPositions.With(row, changed.Position) },
            PositionClosed closed => row with { Positions = AccountPositions.Without(row, closed.PositionId) },
            MarginChanged changed => row with
            {
                Positions = AccountPositions.Each(
                    row,
                    changed.PositionId,
                    held => held with { Position = held.Position with { UsedMargin = changed.UsedMargin.ToDecimal() } }
                ),
            },
            SwapCharged charged => row with
            {
                Positions = AccountPositions.Each(
                    row,
                    charged.PositionId,
                    held => held with { Position = held.Position with { Swap = charged.Swap.ToDecimal() } }
                ),
            },
            var other => throw new InvalidOperationException($"No rule for {other.Descriptor.Name}."),
        };
        return next with { Stamp = recorded.StampOf() };
    }

    protected override AccountView Written(AccountView row) => row with { MarketsChanged = false };

    private static AccountView Chosen(AccountView row, BrokerEnvironment environment, RecordedEvent recorded) =>
        row with
        {
            Environment = environment,
            SelectedOffset = recorded.Offset.Value,
        };

    private static AccountView Described(AccountView row, AccountDescribed described)
    {
        var next = row with
        {
            Environment = described.Environment,
            Currency = described.Currency,
            MoneyDigits = (int)described.MoneyDigits,
            Login = described.Login,
            BrokerName = described.BrokerName,
            AccountType = described.AccountType,
            AccessRights = described.AccessRights,
            MarginRule = described.MarginRule,
            RegisteredAt = Columns.MomentOf(described.RegisteredAtMs),
        };
        return next with { Positions = AccountPositions.Converted(next) };
    }

    private byte[] Shared(byte[] markets)
    {
        var latest = _latestMarkets;
        return latest.AsSpan().SequenceEqual(markets) ? latest : _latestMarkets = markets;
    }

    // Of a listing only the assets and the chains are kept: what turns a later position's profit into money.
    private AccountView Listed(AccountView row, SymbolsListed listed)
    {
        var kept = new SymbolsListed();
        kept.Symbols.AddRange(
            listed.Symbols.Select(symbol => new SymbolSpecification
            {
                Name = symbol.Name,
                BaseAsset = symbol.BaseAsset,
                QuoteAsset = symbol.QuoteAsset,
            })
        );
        kept.Conversions.AddRange(listed.Conversions);
        var next = row with { Markets = Shared(kept.ToByteArray()), MarketsChanged = true };
        return next with { Positions = AccountPositions.Converted(next) };
    }
}
