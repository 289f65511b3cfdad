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
            Epoch = null,
            User = user,
            Events =
            [
                .. Enumerable
                    .Range(first, count)
                    .Select(i => new NewEvent(
                        EventId.Derived($"{user}/{i}"),
                        new FundsDeposited
                        {
                            AccountId = "1",
                            MovementId = $"m{i}",
                            Amount = 1m.ToEvent(),
                            Balance = 1m.ToEvent(),
                            Note = new string('x', 16 * 1024),
                        },
                        DateTimeOffset.UnixEpoch
                    )),
            ],
        };
}
