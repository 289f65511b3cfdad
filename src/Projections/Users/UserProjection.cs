using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Users;

/// <summary>Who is who.</summary>
internal sealed class UserProjection() : JournalProjection<UserView>(UserTable.Table, UserIdentified.Descriptor)
{
    public override ReadModel Model => ReadModel.Users;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.DecodeForFold() is UserIdentified identified
            ? new(UserKey.Parse(identified.UserKey).Value)
            : throw new InvalidOperationException("Not an identification.");

    protected override RowKey KeyOf(UserView row) => new(row.User.Value);

    protected override UserView Apply(UserView? row, RecordedEvent recorded)
    {
        var identified = (UserIdentified)recorded.DecodeForFold();
        return new()
        {
            User = UserKey.Parse(identified.UserKey),
            EmailKey = identified.EmailKey.Length == 0 ? null : UserKey.Parse(identified.EmailKey),
            SealedUserId = identified.SealedUserId.Memory,
            SealedEmail = identified.SealedEmail.Memory,
            Stamp = recorded.StampOf(),
        };
    }
}
