using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>The sessions as the other rooms see them: commands in, outcomes out.</summary>
public sealed class SessionDirectory : ISessionGateway
{
    private readonly CommandGateway _gateway;
    private readonly EntityRegister _entities;

    internal SessionDirectory(CommandGateway gateway, EntityRegister entities) =>
        (_gateway, _entities) = (gateway, entities);

    /// <summary>Sessions in this process.</summary>
    public int Count => _entities.Count(SessionAggregate.Category);

    /// <inheritdoc/>
    public Task<CommandOutcome> SendAsync(UserKey user, SessionCommand command, CancellationToken cancellation) =>
        _gateway.SendAsync(
            SessionAggregate.StreamOf(user),
            command,
            command.CorrelationId,
            commandId: Guid.Empty,
            cancellation
        );
}
