namespace Trading.Demo;

/// <summary>What the demo says on the terminal once it runs.</summary>
internal static class Welcome
{
    /// <summary>What is running, where, and what to try.</summary>
    public static string Text(RunningDemo demo)
    {
        var file = EnvironmentFile.PathOf(demo.Options);
        var url = demo.Url.ToString().TrimEnd('/');
        var broker = demo.SandboxUrl is { } sandbox
            ? $"cTrader sandbox, protobuf over TLS on 127.0.0.1:{demo.SandboxPort}, control at {sandbox}"
            : "cTrader's real hosts, with the application from the environment";
        var orders = demo.SandboxUrl is null
            ? ""
            : $$"""

                  # place an order at the broker, deposit money, and see both arrive
                  curl -s -X POST "$SANDBOX_URL/accounts/$TRADING_ACCOUNT/deposit?amount=250"
                  curl -s -H "Authorization: Bearer $TRADING_TOKEN" "$TRADING_URL/account"
                """;
        return $"""

            Running. Ctrl-C stops it; everything is kept in {demo.Options.DataFolder}.

              service    {url}   (page of all endpoints: {url}/docs)
              WebSocket  {url.Replace("http", "ws")}/ws
              broker     {broker}
              database   {DatabaseOf(demo)}
              user       {DemoUser.Email}, account {demo.Account ?? "none yet"}
              keys       {file}

            Try in another terminal:

              set -a; . {file}; set +a
              curl -s "$TRADING_URL/health"
              curl -s -H "Authorization: Bearer $TRADING_TOKEN" "$TRADING_URL/account"
              curl -s -H "Authorization: Bearer $TRADING_TOKEN" "$TRADING_URL/positions"
              curl -s "$TRADING_URL/prices"
              curl -s -H "Authorization: Bearer $TRADING_TOKEN" "$TRADING_URL/candles/EURUSD?timeframe=M1&count=5"
              curl -s -H "X-Api-Key: $TRADING_API_KEY" "$TRADING_URL/api/sessions"
            {orders}
            """;
    }

    /// <summary>The last line: that nothing runs any more, and where what was kept is.</summary>
    public static string Farewell(DemoOptions options, bool sandbox, bool privateDatabase) =>
        $"Everything has stopped: the service{(sandbox ? ", the sandbox" : "")}"
        + $"{(privateDatabase ? " and its PostgreSQL" : "")}. What it knows is kept in {options.DataFolder}.";

    // Root's own folders are closed to the user that PostgreSQL runs as: then its files are elsewhere.
    private static string DatabaseOf(RunningDemo demo) =>
        demo.Cluster switch
        {
            null => "the one that TRADING_POSTGRES names",
            { IsElsewhere: true } place => $"PostgreSQL in {place.Root}, because its user may not enter {place.Folder}",
            var place => $"PostgreSQL in {place.Root}",
        };
}
