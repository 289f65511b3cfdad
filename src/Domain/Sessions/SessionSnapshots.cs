using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Trading.Domain.Snapshots;

namespace Trading.Domain.Sessions;

/// <summary>A session's state as bytes and back. Equal states give equal bytes.</summary>
public static class SessionSnapshots
{
    /// <summary>Raised when the fold gives a shape that stays the same another meaning.</summary>
    private const int Meaning = 1;

    /// <summary>Names the shape: it changes by itself when a message of the snapshot does, and old snapshots are then passed
    /// over.</summary>
    public static string Schema { get; } = $"session-{Meaning}-{ShapeOf(SessionSnapshotReflection.Descriptor)}";

    /// <summary>The bytes of a state.</summary>
    public static byte[] Write(SessionState state)
    {
        var snapshot = new SessionSnapshot
        {
            UserKey = state.User?.Value ?? "",
            Erasures = state.Erasures,
            Identified = state.Identified,
            EmailKey = state.EmailKey,
            Grant = state.Grant,
            Selected = state.Selected,
            Phase = (int)state.Phase,
            FailedForConsent = state.FailedForConsent,
            LossCode = state.LossCode,
            LossAtMs = state.LossAtMs,
            Book = state.Book is { } book ? Write(book) : null,
        };
        snapshot.Subscriptions.AddRange(
            state
                .Subscriptions.OrderBy(pair => pair.Key.Value, StringComparer.Ordinal)
                .Select(pair => new SubscriptionAdded { Symbol = pair.Key.Value, SymbolId = pair.Value.Value })
        );
        snapshot.Shelf.AddRange(
            state.Shelf.Values.OrderBy(shelved => shelved.Account.Value, StringComparer.Ordinal).Select(Write)
        );
        return snapshot.ToByteArray();
    }

    /// <summary>The state of bytes that <see cref="Write(SessionState)"/> made under the same <see cref="Schema"/>.</summary>
    /// <exception cref="InvalidProtocolBufferException">Other bytes.</exception>
    public static SessionState Read(ReadOnlyMemory<byte> bytes)
    {
        var snapshot = SessionSnapshot.Parser.ParseFrom(bytes.Span);
        return new()
        {
            User = snapshot.UserKey.Length == 0 ? null : UserKey.Parse(snapshot.UserKey),
            Erasures = snapshot.Erasures,
            Identified = snapshot.Identified,
            EmailKey = snapshot.EmailKey,
            Grant = snapshot.Grant,
            Selected = snapshot.Selected,
            Phase = (SessionPhase)snapshot.Phase,
            FailedForConsent = snapshot.FailedForConsent,
            LossCode = snapshot.LossCode,
            LossAtMs = snapshot.LossAtMs,
            Subscriptions = snapshot.Subscriptions.ToImmutableDictionary(
                added => new SymbolName(added.Symbol),
                added => new SymbolId(added.SymbolId)
            ),
            Book = snapshot.Book is { } book ? Read(book) : null,
            Shelf = snapshot.Shelf.Select(Read).ToImmutableDictionary(shelved => shelved.Account),
        };
    }

    private static BookSnapshot Write(AccountBook book)
    {
        var snapshot = new BookSnapshot
        {
            AccountId = book.Account.Value,
            Description = book.Description,
            Opened = book.Opened,
            Balance = book.Balance.ToEvent(),
            BalanceVersion = book.BalanceVersion,
            BalanceAtMs = book.BalanceAtMs,
            LeverageInCents = book.LeverageInCents,
            Bonus = book.Bonus,
            Symbols = book.Symbols.Listed,
            WatermarkMs = book.WatermarkMs,
            OpenedAtMs = book.OpenedAtMs,
            OpenedVersion = book.OpenedVersion,
        };
        snapshot.Positions.AddRange(book.Positions.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value));
        snapshot.Orders.AddRange(book.Orders.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value));
        snapshot.Deals.AddRange(Write(book.Deals));
        snapshot.Movements.AddRange(Write(book.Movements));
        snapshot.ClosedPositions.AddRange(Write(book.ClosedPositions));
        snapshot.EndedOrders.AddRange(Write(book.EndedOrders));
        snapshot.Refusals.AddRange(Write(book.Refusals));
        return snapshot;
    }

    private static AccountBook Read(BookSnapshot snapshot) =>
        new()
        {
            Account = new(snapshot.AccountId),
            Description = snapshot.Description,
            Opened = snapshot.Opened,
            Balance = snapshot.Balance.ToDecimal(),
            BalanceVersion = snapshot.BalanceVersion,
            BalanceAtMs = snapshot.BalanceAtMs,
            LeverageInCents = snapshot.LeverageInCents,
            Bonus = snapshot.Bonus,
            Symbols = SymbolCatalog.Of(snapshot.Symbols ?? new()),
            Positions = snapshot.Positions.ToImmutableDictionary(position => position.PositionId),
            Orders = snapshot.Orders.ToImmutableDictionary(order => order.OrderId),
            Deals = Read(snapshot.Deals),
            Movements = Read(snapshot.Movements),
            ClosedPositions = Read(snapshot.ClosedPositions),
            EndedOrders = Read(snapshot.EndedOrders),
            Refusals = Read(snapshot.Refusals),
            WatermarkMs = snapshot.WatermarkMs,
            OpenedAtMs = snapshot.OpenedAtMs,
            OpenedVersion = snapshot.OpenedVersion,
        };

    private static IEnumerable<RecentId> Write(RecentIds recent) =>
        recent.Entries.Select(entry => new RecentId
        {
            Id = entry.Id,
            AtMs = entry.AtMs,
            Tag = entry.Tag,
        });

    private static RecentIds Read(IEnumerable<RecentId> recent) =>
        recent.Aggregate(RecentIds.Empty, (ids, entry) => ids.With(entry.Id, entry.AtMs, entry.Tag));

    private static string ShapeOf(FileDescriptor file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in file.Dependencies.Append(file))
        {
            hash.AppendData(part.SerializedData.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 6));
    }
}
