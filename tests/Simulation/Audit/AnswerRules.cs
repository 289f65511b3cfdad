using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Simulation.Audit;

/// <summary>What a client is told is on disk when it is told, and is what was asked for.</summary>
internal sealed class AnswerRules(LogRules log, Action<string, string> fail)
{
    public const string Rule = "an answer comes after the events are on disk";

    /// <summary>Answers so far.</summary>
    public int Count { get; private set; }

    /// <summary>The head of the journal, to be remembered with a command that is sent now.</summary>
    public long Head => log.Head;

    /// <summary>A client got an answer to a command that it sent when the journal stood at a head.</summary>
    public void Answered(UserKey user, SessionCommand command, long sentAt, CommandOutcome outcome)
    {
        Count++;
        switch (outcome)
        {
            case CommandOutcome.Accepted accepted:
                Check(user, command, sentAt, accepted.At.Value);
                break;
            case CommandOutcome.Unchanged { At.Value: > 0 and var at }:
                if (at > log.Head || log.Events[(int)at - 1].User != user)
                {
                    fail(Rule, $"unchanged at {at}, which is no event of the user's; the head is {log.Head}");
                }

                break;
        }
    }

    private void Check(UserKey user, SessionCommand command, long sentAt, long at)
    {
        if (at <= sentAt || at > log.Head || log.Events[(int)at - 1].User != user)
        {
            fail(Rule, $"{command.GetType().Name} accepted at {at}, sent at {sentAt}; the head is {log.Head}");
            return;
        }

        var asked = log
            .Events.Skip((int)sentAt)
            .Take((int)(at - sentAt))
            .Where(recorded => recorded.User == user)
            .Select(recorded => recorded.Decode());
        var done = command switch
        {
            SessionCommand.Grant => asked.Any(payload => payload is CredentialsGranted),
            SessionCommand.Start => asked.Any(payload => payload is SessionStarted),
            SessionCommand.Stop => asked.Any(payload => payload is SessionStopped),
            SessionCommand.Revoke => asked.Any(payload => payload is CredentialsRevoked),
            SessionCommand.SelectAccount => asked.Any(payload => payload is AccountSelected),
            SessionCommand.Identify => asked.Any(payload => payload is UserIdentified),
            _ => true,
        };
        if (!done)
        {
            fail(Rule, $"{command.GetType().Name} accepted at {at}, but nothing of the kind is recorded");
        }
    }
}
