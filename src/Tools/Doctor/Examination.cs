using System.Net.Sockets;
using Npgsql;
using Trading.EventStore;
using Trading.Tools.Doctor.Checks;

namespace Trading.Tools.Doctor;

/// <summary>Runs checks, and turns what keeps one from looking into an answer.</summary>
internal static class Examination
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>All checks, in the order in which a person would mend things.</summary>
    public static IReadOnlyList<ICheck> All { get; } =
    [
        new SettingsFile(),
        new RequiredSettings(),
        new SecretStrength(),
        new KeyFilePermissions(),
        new DataFolderAccess(),
        new DiskSpace(),
        new FreePorts(),
        new DatabaseReachable(),
        new DatabaseCredentials(),
        new DatabaseEncryption(),
        new TransactionPooling(),
        new ServerVersion(),
        new Durability(),
        new ConnectionsLeft(),
        new ModestLogin(),
        new RoleMembership(),
        new Migrations(),
        new ReadModelTables(),
        new AppendOnlyJournal(),
        new MasterKey(),
        new DatabaseClock(),
        new JournalClock(),
        new ChainTail(),
        new CheckpointsInLog(),
        new ProjectionProgress(),
        new StaleLease(),
        new ParkedStreams(),
        new LongTransactions(),
        new TokenIssuer(),
        new IssuerClock(),
        new BrokerReachable(),
        new BrokerCertificate(),
    ];

    /// <summary>Runs one check.</summary>
    public static async Task<Diagnosis> RunAsync(
        ICheck check,
        Installation installation,
        CancellationToken cancellation
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return await check.ExamineAsync(installation, patience.Token);
        }
        catch (PostgresException missing)
            when (missing.SqlState
                    is PostgresErrorCodes.UndefinedTable
                        or PostgresErrorCodes.InvalidSchemaName
                        or PostgresErrorCodes.UndefinedFunction
                        or PostgresErrorCodes.UndefinedColumn
            )
        {
            return Diagnosis.Unknown($"What is to be looked at is not there: {missing.MessageText}.");
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return Diagnosis.Unknown(
                $"The login may not look: {refused.MessageText}.",
                "Run the doctor with the login of the service."
            );
        }
        catch (NotRunningException)
        {
            return Diagnosis.Unknown("The database does not run.");
        }
        catch (Exception away)
            when (away is NpgsqlException or LogUnavailableException or TimeoutException or SocketException)
        {
            // Why, is the finding of the check that looks after just that.
            return Diagnosis.Unknown($"The database did not answer ({away.GetType().Name}).");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Diagnosis.Unknown($"There was no answer within {Patience.TotalSeconds:0} s.");
        }
    }
}
