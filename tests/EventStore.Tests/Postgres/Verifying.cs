using FluentAssertions;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>What somebody with every right over the database does to the record is found.</summary>
public sealed class Verifying
{
    public static TheoryData<string, FindingKind> Tamperings =>
        new()
        {
            { "UPDATE journal SET payload = payload || '\\x00' WHERE log_offset = 17", FindingKind.WrongDigest },
            {
                "UPDATE journal SET occurred_at = occurred_at + interval '1 us' WHERE log_offset = 17",
                FindingKind.WrongDigest
            },
            { "UPDATE journal SET user_key = NULL WHERE log_offset = 17", FindingKind.WrongDigest },
            { "UPDATE journal SET correlation_id = gen_random_uuid() WHERE log_offset = 17", FindingKind.WrongDigest },
            { "UPDATE journal SET event_id = gen_random_uuid() WHERE log_offset = 17", FindingKind.WrongDigest },
            { "UPDATE journal SET causation_id = gen_random_uuid() WHERE log_offset = 17", FindingKind.WrongDigest },
            { "UPDATE journal SET type = 'trading.account.v1.Unheard' WHERE log_offset = 17", FindingKind.WrongDigest },
            {
                "UPDATE journal SET recorded_at = recorded_at - interval '1 hour' WHERE log_offset = 17",
                FindingKind.WrongTime
            },
            { "UPDATE journal SET user_key = '\\x01' WHERE log_offset = 17", FindingKind.Undecodable },
            { "UPDATE journal SET stream_id = 999 WHERE log_offset = 17", FindingKind.Undecodable },
            { "UPDATE journal SET digest = sha256('x') WHERE log_offset = 17", FindingKind.BrokenChain },
            { "UPDATE journal SET version = 900 WHERE log_offset = 17", FindingKind.WrongVersion },
            { "DELETE FROM journal WHERE log_offset = 17", FindingKind.MissingOffset },
            { "DELETE FROM journal WHERE log_offset > 50", FindingKind.MissingOffset },
            { "DELETE FROM journal WHERE log_offset > 50", FindingKind.BrokenChain },
            { "DELETE FROM journal_batch WHERE first_offset = 1", FindingKind.BrokenChain },
            { "DELETE FROM journal_batch WHERE last_offset = 60", FindingKind.StrayEvent },
            { "UPDATE journal_batch SET hash = sha256('x') WHERE last_offset >= 30", FindingKind.BrokenChain },
            { "UPDATE journal_batch SET recorded_at = recorded_at + interval '1 us'", FindingKind.BrokenChain },
            { "UPDATE journal_stream SET name = name || 'x'", FindingKind.WrongDigest },
            {
                "INSERT INTO journal SELECT 61, stream_id, version + 1, gen_random_uuid(), correlation_id, causation_id, "
                    + "occurred_at, recorded_at, type, user_key, digest, payload FROM journal WHERE log_offset = 60",
                FindingKind.StrayEvent
            },
            {
                "UPDATE journal SET log_offset = 1000 WHERE log_offset = 17; "
                    + "UPDATE journal SET log_offset = 17 WHERE log_offset = 18; "
                    + "UPDATE journal SET log_offset = 18 WHERE log_offset = 1000",
                FindingKind.BrokenChain
            },
            {
                "UPDATE journal j SET payload = b.payload, digest = b.digest FROM journal b "
                    + "WHERE j.log_offset = 17 AND b.log_offset = 18",
                FindingKind.WrongDigest
            },
        };

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task Tampering_is_found(string tampering, FindingKind expected)
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        await FillAsync(logs);
        (await FindAsync(logs)).Should().BeEmpty();

        await RawAppend.ExecuteAsync(
            database,
            $"SET session_replication_role = replica; SET search_path = eventstore, pg_catalog; {tampering}; "
                + "RESET session_replication_role; RESET search_path"
        );

        // As a new process would look at it.
        await using var reopened = await PostgresLogs.OpenAsync(database.ConnectionString, new() { ReadOnly = true });
        (await FindAsync(reopened)).Select(f => f.Kind).Should().Contain(expected);
    }

    [Fact]
    public async Task An_edit_that_also_mends_its_digest_breaks_the_chain()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        await FillAsync(logs);
        var target = (await logs.Journal.ReadAllAsync())[16];
        var forged = new RecordedEvent
        {
            Offset = target.Offset,
            Id = target.Id,
            Stream = target.Stream,
            Version = target.Version,
            Type = target.Type,
            User = null,
            OccurredAt = target.OccurredAt,
            RecordedAt = target.RecordedAt,
            CorrelationId = target.CorrelationId,
            CausationId = target.CausationId,
            Payload = target.Payload,
            Digest = target.Digest,
        };
        var digest = Convert.ToHexStringLower(Journal.EventDigest.Of(forged));

        await RawAppend.ExecuteAsync(
            database,
            "SET session_replication_role = replica; "
                + $"UPDATE eventstore.journal SET user_key = NULL, digest = '\\x{digest}' WHERE log_offset = 17; "
                + "RESET session_replication_role"
        );

        (await FindAsync(logs)).Should().ContainSingle().Which.Kind.Should().Be(FindingKind.BrokenChain);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(60)]
    public async Task A_reader_stops_at_a_hole_and_does_not_pass_it(long hole)
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString, new() { PageEvents = 16 });
        await FillAsync(logs);
        var stream = (await logs.Journal.ReadAllAsync())[(int)hole - 1].Stream;
        await RawAppend.ExecuteAsync(
            database,
            "SET session_replication_role = replica; "
                + $"DELETE FROM eventstore.journal WHERE log_offset = {hole}; RESET session_replication_role"
        );

        var read = () => logs.Journal.ReadAllAsync();
        var follow = () => logs.Journal.FollowAsync(default, 60, TimeSpan.FromSeconds(10));

        await read.Should().ThrowAsync<LogDamagedException>();
        await follow.Should().ThrowAsync<LogDamagedException>();
        if (hole < 60)
        {
            await FluentActions
                .Awaiting(() => logs.Journal.ReadAllAsync(stream))
                .Should()
                .ThrowAsync<LogDamagedException>();
            await FluentActions
                .Awaiting(() => logs.Journal.ReplayAllAsync(stream))
                .Should()
                .ThrowAsync<LogDamagedException>();
        }
    }

    [Fact]
    public async Task The_links_of_the_chain_are_there_to_be_anchored()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        var verifier = new LogVerifier(logs.Reader);
        (await verifier.HeadAsync()).Offset.Should().Be(Offset.Start);
        await FillAsync(logs);

        var head = await verifier.HeadAsync();
        var middle = await verifier.LinkAtAsync(new(15));

        head.Offset.Value.Should().Be(60);
        head.Hash.Length.Should().Be(32);
        middle.Offset.Value.Should().Be(20);
    }

    [Theory]
    [InlineData(
        "UPDATE market SET ticks = substring(ticks from 1 for 10) WHERE first_offset = 11",
        FindingKind.Undecodable
    )]
    [InlineData("DELETE FROM market WHERE first_offset = 11", FindingKind.MissingOffset)]
    [InlineData("UPDATE market SET last_version = 7 WHERE first_offset = 11", FindingKind.WrongVersion)]
    public async Task A_damaged_market_log_is_found(string tampering, FindingKind expected)
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        var feed = Some.Stream("feed");
        var epoch = (await logs.Market.ClaimAsync(feed, default)).Epoch;
        for (var i = 0; i < 5; i++)
        {
            await logs.Market.AppendAsync(feed, epoch, Some.Ticks(Seeded.Random(i), 10), default);
        }

        (await FindAsync(new LogVerifier(logs.Reader).VerifyMarketAsync())).Should().BeEmpty();

        await RawAppend.ExecuteAsync(
            database,
            $"SET search_path = eventstore, pg_catalog; {tampering}; RESET search_path"
        );

        (await FindAsync(new LogVerifier(logs.Reader).VerifyMarketAsync()))
            .Select(f => f.Kind)
            .Should()
            .Contain(expected);
    }

    private static async Task FillAsync(PostgresLogs logs)
    {
        var streams = new[] { Some.Stream(), Some.Stream(), Some.Stream() };
        for (var i = 0; i < 6; i++)
        {
            await logs.Journal.AppendedAsync(Some.Request(streams[i % 3], count: 10));
        }
    }

    private static Task<List<Finding>> FindAsync(PostgresLogs logs) =>
        FindAsync(new LogVerifier(logs.Reader).VerifyJournalAsync());

    private static async Task<List<Finding>> FindAsync(IAsyncEnumerable<Finding> findings)
    {
        var found = new List<Finding>();
        await foreach (var finding in findings)
        {
            found.Add(finding);
        }

        return found;
    }
}
