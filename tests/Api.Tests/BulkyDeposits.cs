using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Tests;

/// <summary>Events of a user that fill a client's connection soon.</summary>
internal static class BulkyDeposits
{
    /// <summary>As many as asked for, numbered from a first one, on a stream that nobody owns.</summary>
    public static AppendRequest Of(UserKey user, int first, int count) =>
        new()
        {
            Stream = StreamName.Of("bulkydeposits", user.Value),
            ExpectedVersion = null,
            Events =
            [
                .. Enumerable
                    .Range(first, count)
                    .Select(i => new EventEnvelope
                    {
                        Id = EventId.Derived($"{user}/{i}"),
                        Payload = new FundsDeposited
                        {
                            AccountId = "1",
                            MovementId = $"m{i}",
                            Amount = 1m.ToEvent(),
                            Balance = 1m.ToEvent(),
                            Note = new string('x', 16 * 1024),
                        },
                        OccurredAt = DateTimeOffset.UnixEpoch,
                        CorrelationId = Guid.Empty,
                        CausationId = Guid.Empty,
                        User = user,
                    }),
            ],
        };
}
