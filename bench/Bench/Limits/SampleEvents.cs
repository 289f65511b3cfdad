using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Bench.Limits;

/// <summary>The events that the benches write: what a balance update really looks like, the broker's own words included.</summary>
internal static class SampleEvents
{
    /// <summary>The user the events are about.</summary>
    public static UserKey User { get; } = UserKey.Of("bench@example.com");

    /// <summary>Their account.</summary>
    public const string Account = "1000001";

    public static AccountDescribed Described() =>
        new()
        {
            AccountId = Account,
            UserKey = User.Value,
            Environment = BrokerEnvironment.Demo,
            Currency = "USD",
            MoneyDigits = 2,
            Login = "1000001",
            BrokerName = "bench",
            AccountType = "hedged",
            AccessRights = "full_access",
            MarginRule = MarginRule.Max,
        };

    public static BalanceChanged Balance(int number) =>
        new()
        {
            AccountId = Account,
            Balance = (10_000m + (number % 1_000 * 0.01m)).ToEvent(),
            Delta = 0.01m.ToEvent(),
            BalanceVersion = number,
            Cause = BalanceCause.Deal,
            CauseId = "2000000",
            Source = new BrokerMessage { Type = "ProtoOATrader", Body = ByteString.CopyFrom(new byte[48]) },
        };

    public static byte[] PayloadBytes() => Balance(1).ToByteArray();

    /// <summary>Events of one moment.</summary>
    public static EventEnvelope[] Batch(int count, DateTimeOffset now) => Batch(count, now, TimeSpan.Zero);

    /// <summary>Events one after the other.</summary>
    public static EventEnvelope[] Batch(int count, DateTimeOffset first, TimeSpan apart)
    {
        var events = new EventEnvelope[count];
        for (var i = 0; i < count; i++)
        {
            var at = first + (i * apart);
            events[i] = EventEnvelope.Of(Balance(i), at, User);
        }

        return events;
    }
}
