using Trading.Domain.Logs;

namespace Trading.Simulation.Audit;

/// <summary>One owner at a time: each claim has a higher epoch than the one before, and only the newest claimant
/// writes.</summary>
internal sealed class OwnerRules(Action<string, string> fail)
{
    public const string Rule = "one owner at a time";
    public const string Journal = "journal";
    public const string Market = "market";
    private readonly Dictionary<(string Log, StreamName Stream), (string Writer, Epoch Epoch)> _owners = [];

    /// <summary>Somebody claimed a stream.</summary>
    public void Claimed(string log, string writer, StreamName stream, Epoch epoch)
    {
        if (_owners.TryGetValue((log, stream), out var former) && epoch.Value <= former.Epoch.Value)
        {
            fail(Rule, $"{writer} claimed {stream} with epoch {epoch}, not above {former.Epoch}");
        }

        _owners[(log, stream)] = (writer, epoch);
    }

    /// <summary>Somebody wrote.</summary>
    public void Wrote(string log, string writer, StreamName stream, Epoch epoch)
    {
        if (!_owners.TryGetValue((log, stream), out var owner) || owner.Writer != writer || owner.Epoch != epoch)
        {
            fail(Rule, $"{writer} wrote to {stream} under epoch {epoch}; {owner.Writer} owns it under {owner.Epoch}");
        }
    }

    /// <summary>Whether a process is the newest claimant of a stream of the journal.</summary>
    public bool Owns(string process, StreamName stream) =>
        _owners.TryGetValue((Journal, stream), out var owner) && owner.Writer == process;
}
