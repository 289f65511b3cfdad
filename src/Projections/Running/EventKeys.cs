using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Running;

/// <summary>What events say about where they belong.</summary>
internal static class EventKeys
{
    /// <summary>The user; an event without one cannot be shown to anybody.</summary>
    public static UserKey UserOf(this RecordedEvent recorded) =>
        recorded.User ?? throw new FormatException("the event names no user");

    /// <summary>The row of the user's account.</summary>
    public static RowKey KeyOf(this RecordedEvent recorded, string account) =>
        new(recorded.UserOf().Value, Named(account, "account"));

    /// <summary>The row of something in the user's account.</summary>
    public static RowKey KeyOf(this RecordedEvent recorded, string account, string id) =>
        new(recorded.UserOf().Value, Named(account, "account"), Named(id, "subject"));

    /// <summary>The stamp of the row that the event changes. When it is written is for the database to say.</summary>
    public static Stamp StampOf(this RecordedEvent recorded) => new(recorded.Offset, recorded.RecordedAt, default);

    private static string Named(string id, string what) =>
        id.Length > 0 ? id : throw new FormatException($"the event names no {what}");
}
