using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.Projections.Operating;
using Trading.Projections.Reading;
using Trading.Projections.Rebuilding;
using Trading.Projections.TimeTravel;
using Trading.Tools.Connect;

namespace Trading.Tools.Rebuild;

/// <summary>The read models of a database with the logs they are made of.</summary>
internal sealed class ReadModelAccess : IAsyncDisposable
{
    private static readonly TimeProvider Time = TimeProvider.System;
    private readonly PostgresLogs _logs;
    private readonly ReadModelSources _sources;

    private ReadModelAccess(PostgresLogs logs, ITickLog market, ReadModelSources sources)
    {
        _logs = logs;
        _sources = sources;
        Rebuilds = new(logs.Journal, market, sources, new(), Time, NullLogger<Rebuilds>.Instance, logs.Sealed);
        Comparison = new(logs.Journal, market, sources, new(), Time, NullLogger<LiveComparison>.Instance);
        Statuses = new(logs.Journal, market, sources);
        Moves = new(logs.Journal, market, sources, Time);
        Parked = new(logs.Journal, sources, Time);
    }

    /// <summary>What help texts say about the login.</summary>
    public const string OwnerNote =
        "Needs a login that owns the read models and is a member of their roles (the service's own login is).";

    /// <summary>Who is at the keyboard, as others are told.</summary>
    public static string Operator => $"{Environment.UserName} (trading-tools)";

    public Rebuilds Rebuilds { get; }

    public LiveComparison Comparison { get; }

    public ReadModelStatuses Statuses { get; }

    public CheckpointMoves Moves { get; }

    public ParkedStreams Parked { get; }

    /// <summary>Opens both, does something, and says in words what is missing when it cannot be done.</summary>
    /// <param name="database">Of the read models.</param>
    /// <param name="readOnly">The journal is only read.</param>
    /// <param name="folds">The journal is folded: refused when something sealed could not be opened.</param>
    /// <param name="market">The market log with whatever else ticks are read from; null for the log alone.</param>
    /// <param name="work">What to do.</param>
    /// <param name="cancellation">Gives up opening.</param>
    /// <exception cref="ToolException">There are no read models, the login may not, or it was refused.</exception>
    public static async Task<int> UseAsync(
        OpenedDatabase database,
        bool readOnly,
        bool folds,
        Func<ITickLog, ITickLog>? market,
        Func<ReadModelAccess, Task<int>> work,
        CancellationToken cancellation
    )
    {
        try
        {
            var logs = readOnly
                ? await ReadOnlyLogs.OpenAsync(database, cancellation, folds ? database.Keys : null)
                : await PostgresLogs.OpenAsync(
                    database.ConnectionString,
                    new()
                    {
                        Migrate = false,
                        MasterKey = folds ? database.Keys.Current : null,
                        FormerMasterKeys = folds
                            ? [.. database.Keys.Former.Select(key => (ReadOnlyMemory<byte>)key)]
                            : [],
                    },
                    cancellation: cancellation
                );
            await using var access = new ReadModelAccess(
                logs,
                market?.Invoke(logs.Market) ?? logs.Market,
                ReadModelSources.Open(database.ConnectionString)
            );
            if (folds)
            {
                await database.MustOpenAsync(logs, user: null, cancellation);
            }

            return await work(access);
        }
        catch (ReadModelRefusedException refused)
        {
            throw new ToolException(refused.Message);
        }
        catch (PostgresException missing)
            when (missing.SqlState
                    is PostgresErrorCodes.UndefinedTable
                        or PostgresErrorCodes.UndefinedColumn
                        or PostgresErrorCodes.InvalidSchemaName
                        or PostgresErrorCodes.InvalidParameterValue
            )
        {
            throw new ToolException(
                $"The database holds no read models of this version ({missing.MessageText}). The service makes them when it starts."
            );
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new ToolException($"The login may not do that ({denied.MessageText}). {OwnerNote}");
        }
    }

    /// <summary>Whether a read model is made of ticks, which are of no user: nothing of it is sealed.</summary>
    public static bool IsOfMarket(string? projection) =>
        projection is not null && LogReplay.OfMarket.Contains(projection);

    /// <summary>The read models a verb is about.</summary>
    /// <exception cref="ToolException">None named, or one that does not exist.</exception>
    public IReadOnlyList<string> Choose(string? projection, bool all) =>
        (projection, all) switch
        {
            (null, false) or (not null, true) => throw new ToolException(
                $"Name one read model or give --all. There are: {string.Join(", ", Rebuilds.Projections)}."
            ),
            (null, true) => Rebuilds.Projections,
            ({ } one, _) when Rebuilds.Projections.Contains(one) => [one],
            _ => throw new ToolException(
                $"There is no read model called {projection}. There are: {string.Join(", ", Rebuilds.Projections)}."
            ),
        };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Rebuilds.Dispose();
        Comparison.Dispose();
        await _sources.DisposeAsync();
        await _logs.DisposeAsync();
    }
}
