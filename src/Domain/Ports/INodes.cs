namespace Trading.Domain.Ports;

/// <summary>The nodes of the cluster, by the names under which they claim what they own.</summary>
public interface INodes
{
    /// <summary>The name of this node; empty before it is up.</summary>
    string Own { get; }

    /// <summary>The node belongs to the cluster now. What it owns is attended to; what any other owned is not.</summary>
    bool IsMember(string node);

    /// <summary>The node belongs to the cluster, or has since this node joined it.</summary>
    bool WasMember(string node);

    /// <summary>A node has come or gone.</summary>
    event Action? Changed;
}
