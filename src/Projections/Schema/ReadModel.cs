namespace Trading.Projections.Schema;

/// <summary>One read model in one version. Another shape or meaning is another version: at the next start a new table is
/// filled by the new code beside the old one, and takes its place once it has caught up.</summary>
/// <param name="Name">What readers call it: the view <c>read.name</c>.</param>
/// <param name="Version">From 1; of the code, not of a table.</param>
/// <param name="UserOwned">Each row belongs to one user and is hidden from all others.</param>
/// <param name="Script">The statements that make the table, with <c>{table}</c> in the place of its name.</param>
internal sealed record ReadModel(string Name, int Version, bool UserOwned, string Script)
{
    /// <summary>The table of a new database.</summary>
    public Generation First => new(this, Version);

    public static ReadModel Sessions { get; } = new("sessions", 1, true, EmbeddedScript.Read("Sessions.sessions.sql"));
    public static ReadModel Accounts { get; } = new("accounts", 1, true, EmbeddedScript.Read("Accounts.accounts.sql"));
    public static ReadModel Positions { get; } =
        new("positions", 1, true, EmbeddedScript.Read("Positions.positions.sql"));
    public static ReadModel Orders { get; } = new("orders", 1, true, EmbeddedScript.Read("Orders.orders.sql"));
    public static ReadModel Deals { get; } = new("deals", 1, true, EmbeddedScript.Read("Deals.deals.sql"));
    public static ReadModel Symbols { get; } = new("symbols", 1, true, EmbeddedScript.Read("Symbols.symbols.sql"));
    public static ReadModel Users { get; } = new("users", 1, true, EmbeddedScript.Read("Users.users.sql"));
    public static ReadModel LatestPrices { get; } =
        new("latest_prices", 1, false, EmbeddedScript.Read("LatestPrices.latest_prices.sql"));
    public static ReadModel Candles { get; } = new("candles", 2, false, EmbeddedScript.Read("Candles.candles.sql"));

    /// <summary>The newest version of each.</summary>
    public static IReadOnlyList<ReadModel> All { get; } =
    [Sessions, Accounts, Positions, Orders, Deals, Symbols, Users, LatestPrices, Candles];
}
