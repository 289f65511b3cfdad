using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore;

namespace Trading.Tools.Tests;

/// <summary>Fills the logs of a test's database.</summary>
internal static class Journal
{
    public static readonly DateTimeOffset Noon = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);

    public static readonly UserKey Ann = UserKey.Of("ann@example.com");

    public static readonly UserKey Bob = UserKey.Of("bob@example.com");

    public static StreamName StreamOf(UserKey user) => StreamName.Of("session", user.Value);

    public static BalanceChanged Balance(decimal balance) =>
        new()
        {
            AccountId = "1",
            Balance = balance.ToEvent(),
            Delta = balance.ToEvent(),
            Cause = BalanceCause.Deposit,
            Source = new BrokerMessage { Type = "ProtoOADepositWithdraw", Body = ByteString.CopyFrom(7, 7) },
        };

    public static PositionOpened Position(string symbol) =>
        new()
        {
            AccountId = "1",
            Position = new PositionDetails { PositionId = "9", Symbol = symbol },
        };

    public static Task AppendAsync(PostgresLogs logs, UserKey user, params IMessage[] payloads) =>
        AppendAsync(logs, StreamOf(user), user, payloads);

    public static Task AppendAsync(PostgresLogs logs, StreamName stream, params IMessage[] payloads) =>
        AppendAsync(logs, stream, null, payloads);

    private static async Task AppendAsync(PostgresLogs logs, StreamName stream, UserKey? user, IMessage[] payloads)
    {
        var outcome = await logs.Journal.AppendAsync(
            new()
            {
                Stream = stream,
                ExpectedVersion = null,
                Events = [.. payloads.Select(payload => EventEnvelope.Of(payload, Noon, user))],
            },
            default
        );
        if (outcome is not AppendOutcome.Appended)
        {
            throw new InvalidOperationException($"Not appended: {outcome}");
        }
    }

    public static async Task AppendTicksAsync(PostgresLogs logs, string feed, params Tick[] ticks)
    {
        var stream = StreamName.Of("feed", feed);
        var claim = await logs.Market.ClaimAsync(stream, default);
        var outcome = await logs.Market.AppendAsync(stream, claim.Epoch, ticks, default);
        if (outcome is not AppendOutcome.Appended)
        {
            throw new InvalidOperationException($"Not appended: {outcome}");
        }
    }

    public static Tick Tick(string symbol, decimal bid, long timestampMs) =>
        new(new(symbol), Price.From(bid), Price.From(bid + 0.00012m), timestampMs);
}
