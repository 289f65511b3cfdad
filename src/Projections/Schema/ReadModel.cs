namespace Trading.Projections.Schema;

/// <summary>One read model in one version. Another shape or meaning is another version: a new table with a checkpoint of
/// its own, filled beside the old one.</summary>
/// <param name="Name">What readers call it: the view <c>read.name</c>.</param>
/// <param name="Version">From 1.</param>
/// <param name="UserOwned">Each row belongs to one user and is hidden from all others.</param>
/// <param name="Script">The embedded file that makes the table.</param>
internal sealed record ReadModel(string Name, int Version, bool UserOwned, string Script)
{
    /// <summary>The projection that fills it, for example <c>accounts@1</c>.</summary>
    public string Projection => $"{Name}@{Version}";

    /// <summary>The table behind the view.</summary>
    public string Table => $"read_tables.{Name}_{Version}";

    public static ReadModel Sessions { get; } = new("sessions", 1, true, "Sessions.sessions.sql");
    public static ReadModel Accounts { get; } = new("accounts", 1, true, "Accounts.accounts.sql");
    public static ReadModel Positions { get; } = new("positions", 1, true, "Positions.positions.sql");
    public static ReadModel Orders { get; } = new("orders", 1, true, "Orders.orders.sql");
    public static ReadModel Deals { get; } = new("deals", 1, true, "Deals.deals.sql");
    public static ReadModel Symbols { get; } = new("symbols", 1, true, "Symbols.symbols.sql");
    public static ReadModel Users { get; } = new("users", 1, true, "Users.users.sql");
    public static ReadModel LatestPrices { get; } = new("latest_prices", 1, false, "LatestPrices.latest_prices.sql");
    public static ReadModel Candles { get; } = new("candles", 2, false, "Candles.candles.sql");

    /// <summary>All of this version of the program.</summary>
    public static IReadOnlyList<ReadModel> All { get; } =
    [Sessions, Accounts, Positions, Orders, Deals, Symbols, Users, LatestPrices, Candles];
}
