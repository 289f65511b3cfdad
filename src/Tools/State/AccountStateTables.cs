using Spectre.Console;
using Trading.Domain.Logs;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.State;

/// <summary>An account's past state for people.</summary>
internal static class AccountStateTables
{
    /// <summary>Tables, each figure with the offset of its event.</summary>
    public static void Show(
        PastAccount past,
        IReadOnlyDictionary<string, Offset> why,
        IReadOnlyList<RecordedEvent> events
    )
    {
        AnsiConsole.MarkupLineInterpolated(
            $"Account [bold]{past.View.Account.Value}[/] after offset [bold]{past.AsOf.Offset}[/], prices of {AccountFigures.Text(past.AsOf.Time)}"
        );
        if (past.Answer() is { } answer)
        {
            ShowAccount(answer, why);
        }
        else
        {
            AnsiConsole.MarkupLine("[yellow]The broker had not stated its balance by then.[/]");
        }

        ShowPositions(past, why);
        ShowOrders(past, why);
        ShowPrices(past);
        foreach (var recorded in events)
        {
            // Not through Spectre: wrapped, it could not be copied.
            Console.WriteLine(EventText.Of(recorded));
        }
    }

    private static void ShowAccount(AccountAnswer answer, IReadOnlyDictionary<string, Offset> why)
    {
        var table = new Table().AddColumn("figure").AddColumn(new TableColumn("value").RightAligned());
        table.AddColumn(new TableColumn("event").RightAligned());
        foreach (
            var (figure, value) in new (string, object?)[]
            {
                ("balance", answer.Balance),
                ("equity", answer.Equity),
                ("unrealizedProfit", answer.UnrealizedProfit),
                ("usedMargin", answer.UsedMargin),
                ("freeMargin", answer.FreeMargin),
                ("marginLevel", answer.MarginLevel),
                ("leverage", answer.Leverage),
                ("currency", answer.Currency),
                ("login", answer.Login),
                ("broker", answer.Broker),
            }
        )
        {
            table.AddRow(figure, Markup.Escape(AccountFigures.Text(value)), PlaceOf(why, figure));
        }

        AnsiConsole.Write(table);
        foreach (var missing in answer.Missing)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]unknown for want of the {missing}[/]");
        }
    }

    private static void ShowPositions(PastAccount past, IReadOnlyDictionary<string, Offset> why)
    {
        if (past.PositionsAnswer()?.Positions is not { Count: > 0 } positions)
        {
            return;
        }

        var table = new Table { Title = new("positions") };
        foreach (var column in (string[])["id", "symbol", "side", "volume", "entry", "now", "profit", "event"])
        {
            table.AddColumn(column);
        }

        foreach (var position in positions)
        {
            table.AddRow([
                .. new object?[]
                {
                    position.PositionId,
                    position.Symbol,
                    position.Side,
                    position.Volume,
                    position.EntryPrice,
                    position.CurrentPrice,
                    position.UnrealizedProfit,
                }.Select(value => Markup.Escape(AccountFigures.Text(value))),
                NewestOf(why, $"positions.{position.PositionId}."),
            ]);
        }

        AnsiConsole.Write(table);
    }

    private static void ShowOrders(PastAccount past, IReadOnlyDictionary<string, Offset> why)
    {
        if (past.Orders.Count == 0)
        {
            return;
        }

        var table = new Table { Title = new("working orders") };
        foreach (var column in (string[])["id", "symbol", "side", "type", "volume", "limit", "stop", "event"])
        {
            table.AddColumn(column);
        }

        foreach (var order in past.Orders.Select(OrderAnswer.Of))
        {
            table.AddRow([
                .. new object?[]
                {
                    order.OrderId,
                    order.Symbol,
                    order.Side,
                    order.Type,
                    order.Volume,
                    order.LimitPrice,
                    order.StopPrice,
                }.Select(value => Markup.Escape(AccountFigures.Text(value))),
                NewestOf(why, $"orders.{order.OrderId}."),
            ]);
        }

        AnsiConsole.Write(table);
    }

    private static void ShowPrices(PastAccount past)
    {
        foreach (var price in past.Prices.Values.OrderBy(price => price.Tick.Symbol.Value, StringComparer.Ordinal))
        {
            AnsiConsole.MarkupLineInterpolated(
                $"[grey]{price.Tick.Symbol} {price.Tick.Bid}/{price.Tick.Ask}, market offset {price.Offset}, recorded {AccountFigures.Text(price.RecordedAt)}[/]"
            );
        }
    }

    private static string PlaceOf(IReadOnlyDictionary<string, Offset> why, string figure) =>
        why.TryGetValue(figure, out var offset) ? offset.ToString() : "";

    private static string NewestOf(IReadOnlyDictionary<string, Offset> why, string prefix) =>
        why.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(one => one.Value)
            .DefaultIfEmpty()
            .Max()
            .ToString();
}
