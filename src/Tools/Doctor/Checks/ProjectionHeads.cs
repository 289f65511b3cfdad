namespace Trading.Tools.Doctor.Checks;

/// <summary>Where the log of each projection ends, for queries over <c>read.checkpoints c</c>.</summary>
internal static class ProjectionHeads
{
    /// <summary>Joins <c>h (head, waiting_since)</c>: of the market log for what is made of ticks, otherwise of the
    /// journal.</summary>
    public const string Join = """
        cross join lateral (
          select case when c.projection ~ '^(latest_prices|candles)@'
            then coalesce((select last_offset from eventstore.market order by first_offset desc limit 1), 0)
            else coalesce((select last_offset from eventstore.journal_batch order by last_offset desc limit 1), 0)
          end as head,
          case when c.projection ~ '^(latest_prices|candles)@'
            then (select recorded_at from eventstore.market where last_offset > c.at_offset order by first_offset limit 1)
            else (select recorded_at from eventstore.journal_batch where last_offset > c.at_offset order by last_offset limit 1)
          end as waiting_since
        ) h
        """;
}
