using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Simulation.Audit;

/// <summary>One owner at a time. In the journal, each owner's first event of a stream is its claim, and after the claim of a
/// later owner nothing of the former one follows. In the market log, each claim has a higher epoch than the one before, and
/// only the newest claimant writes.</summary>
internal sealed class OwnerRules(Action<string, string> fail)
{
    public const string Rule = "one owner at a time";
    private readonly Dictionary<StreamName, string> _owners = [];
    private readonly Dictionary<StreamName, (string Writer, Epoch Epoch)> _feeds = [];

    /// <summary>Somebody claimed a stream of the market log.</summary>
    public void ClaimedFeed(string writer, StreamName stream, Epoch epoch)
    {
        if (_feeds.TryGetValue(stream, out var former) && epoch.Value <= former.Epoch.Value)
        {
            fail(Rule, $"{writer} claimed {stream} with epoch {epoch}, not above {former.Epoch}");
        }

        _feeds[stream] = (writer, epoch);
    }

    /// <summary>Somebody wrote to the market log.</summary>
    public void WroteTicks(string writer, StreamName stream, Epoch epoch)
    {
        if (!_feeds.TryGetValue(stream, out var owner) || owner.Writer != writer || owner.Epoch != epoch)
        {
            fail(Rule, $"{writer} wrote to {stream} under epoch {epoch}; {owner.Writer} owns it under {owner.Epoch}");
        }
    }

    /// <summary>Somebody wrote to the journal.</summary>
    public void Wrote(string writer, RecordedEvent recorded)
    {
        if (ClaimantOf(recorded.Decode()) is { } claimant)
        {
            if (claimant != writer)
            {
                fail(Rule, $"{writer} claimed {recorded.Stream} at {recorded.Offset} in the name of {claimant}");
            }

            _owners[recorded.Stream] = writer;
        }
        else if (_owners.GetValueOrDefault(recorded.Stream) is var owner && owner != writer)
        {
            fail(
                Rule,
                $"{writer} wrote {recorded.Type} to {recorded.Stream} at {recorded.Offset}; {owner ?? "nobody"} owns it"
            );
        }
    }

    /// <summary>Whether a process is the newest claimant of a stream of the journal.</summary>
    public bool Owns(string process, StreamName stream) => _owners.GetValueOrDefault(stream) == process;

    private static string? ClaimantOf(IMessage payload) =>
        payload switch
        {
            SessionClaimed claimed => claimed.Owner,
            FeedClaimed claimed => claimed.Owner,
            _ => null,
        };
}
